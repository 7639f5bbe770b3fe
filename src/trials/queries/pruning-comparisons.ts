/** What the pruning rule compares the reports of a trial with, by the trials that there are now. */
import type { Pruning } from '../../domain/spec.js'
import type { Sql } from '../../storage/database.js'
import { type Comparison, comparisonAt } from '../reports/pruning.js'

export interface ComparedReport extends Comparison {
  readonly step: number
  readonly value: number
}

/** Of more reports an even sample is compared: each takes a query over the other trials. */
const MOST = 40

export async function readComparisons(
  sql: Sql,
  studyId: string,
  number: number,
  pruning: Pruning,
  direction: 'minimize' | 'maximize',
): Promise<ComparedReport[]> {
  const reports = await sql.query<{ step: number; value: number }>(
    `select step, value from (
       select step, value, row_number() over (order by step) as place, count(*) over () as count
         from reports where study_id = $1 and number = $2) as r
      where place = count or place % greatest(1, ceil(count / ${MOST}.0)::int) = 0
      order by step`,
    [studyId, number],
  )
  const compared: ComparedReport[] = []
  for (const report of reports)
    compared.push({
      ...report,
      ...(await comparisonAt(sql, studyId, pruning, direction, { number, ...report })),
    })
  return compared
}
