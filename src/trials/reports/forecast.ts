/** Reads what a forecast of a trial's final value needs: its own reports, and how other trials went on from the same step. */
import type { Forecast } from '../../../optimizers/contract.js'
import { forecastFrom } from '../../../optimizers/schedulers/by-forecast.js'
import { MOST_COMPARED, type Report } from '../../../optimizers/schedulers/contract.js'
import type { Finished } from '../../../optimizers/schedulers/forecast.js'
import type { Foreseen } from '../../domain/forecast.js'
import type { Sql } from '../../storage/database.js'

/** The forecast at a report. The query gives what `finishedFrom` of optimizers/schedulers/by-forecast.ts gives. */
export async function forecastAt(
  sql: Sql,
  studyId: string,
  report: Report,
  least = 0,
): Promise<Forecast | undefined> {
  const finished = await sql.query<Finished>(
    `select r.value as reported, coalesce((t.foreseen->'forecast'->>'mean')::float8, t.value) as final,
            coalesce((t.foreseen->'forecast'->>'sd')::float8, 0) as sd
       from reports r join trials t using (study_id, number)
      where r.study_id = $1 and r.step = $2 and r.number <> $3
        and (t.state = 'complete' or (t.foreseen->>'step')::int > $2 and t.foreseen->'forecast' is not null)
      order by r.number desc limit ${MOST_COMPARED}`,
    [studyId, report.step, report.number],
  )
  return forecastFrom(finished, report, least)
}

/** The forecast of a trial that is told as pruned. Undefined where it has reported nothing. */
export async function forecastOutcome(
  sql: Sql,
  studyId: string,
  number: number,
  { outcome }: { readonly outcome: string },
): Promise<Foreseen | undefined> {
  if (outcome !== 'pruned') return undefined
  const [last] = await sql.query<Report>(
    'select number, step, value from reports where study_id = $1 and number = $2 order by step desc limit 1',
    [studyId, number],
  )
  if (last === undefined) return undefined
  const expected = await forecastAt(sql, studyId, last)
  return { step: last.step, ...(expected && { forecast: expected }) }
}
