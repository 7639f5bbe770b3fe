/** Trials on which an advisor had its turn and was followed: what ran, and what the optimizer would have run. */
import type { Params } from '../../../search-spaces/index.js'
import type { Sql } from '../../storage/database.js'

export interface AdvisedTrial {
  readonly number: number
  readonly source: string
  readonly value: number | null
  readonly params: Params
  readonly own: Params
}

/** The latest. */
const MOST = 300

export async function readAdvised(sql: Sql, studyId: string): Promise<AdvisedTrial[]> {
  const rows = await sql.query<AdvisedTrial>(
    `select number, proposal->>'source' as source, value, params, proposal->'optimizerParams' as own
       from trials
      where study_id = $1 and proposal->'optimizerParams' is not null
        and proposal->>'source' = proposal->>'requested'
      order by number desc limit ${MOST}`,
    [studyId],
  )
  return rows.reverse()
}
