/** What a trial would end with: read from what it reported, and from how others went on from the same step. */
import type { Forecast } from '../../../optimizers/contract.js'
import { type Finished, type Foreseen, forecast } from '../../domain/forecast.js'
import type { Sql } from '../../storage/database.js'

/** What a trial said of itself on its way. */
export interface Report {
  readonly number: number
  readonly step: number
  readonly value: number
}

/** So many of the latest trials are learned from. */
const MOST_LEARNED = 1000

/** Undefined where of those that reported at this step fewer than `least` went on. */
export async function forecastAt(
  sql: Sql,
  studyId: string,
  { number, step, value }: Report,
  least = 0,
): Promise<Forecast | undefined> {
  const finished = await sql.query<Finished>(
    `select r.value as reported, coalesce((t.foreseen->'forecast'->>'mean')::float8, t.value) as final,
            coalesce((t.foreseen->'forecast'->>'sd')::float8, 0) as sd
       from reports r join trials t using (study_id, number)
      where r.study_id = $1 and r.step = $2 and r.number <> $3
        and (t.state = 'complete' or (t.foreseen->>'step')::int > $2 and t.foreseen->'forecast' is not null)
      order by r.number desc limit ${MOST_LEARNED}`,
    [studyId, step, number],
  )
  return finished.length < least ? undefined : forecast(finished, value)
}

/** Of a trial that is told as pruned. Undefined where it has reported nothing. */
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
