/** The trials of a study that gave a value, as a model learns from them, chosen where there are many. */
import { choose, type ObservedTrial } from '../../../optimizers/importance/index.js'
import type { Params } from '../../../search-spaces/index.js'
import type { Foreseen } from '../../domain/forecast.js'
import type { Database } from '../../storage/database.js'

/** Beyond this many a model takes too long, and has enough. */
export const MOST_OBSERVED = 1000
/** Of a longer study, only the last so many are looked at. */
const MOST_READ = 100_000
const PAGE = 5000

export interface Observed {
  readonly trials: readonly ObservedTrial[]
  /** How many trials gave a value. */
  readonly of: number
}

interface ValueRow {
  readonly number: number
  readonly state: 'complete' | 'pruned'
  readonly value: number | null
  readonly foreseen: Foreseen | null
  readonly ended: number
}

/** In the order in which they ended. `sign`: −1 where the objective is maximised, so that smaller is better. */
export async function readObserved(database: Database, studyId: string, sign: 1 | -1): Promise<Observed> {
  const rows = (await readValues(database, studyId)).sort((a, b) => a.ended - b.ended || a.number - b.number)
  const chosen = choose(
    rows.map((row) => lossOf(row, sign)),
    MOST_OBSERVED,
  ).map((i) => rows[i]!)
  const params = await readParams(
    database,
    studyId,
    chosen.map(({ number }) => number),
  )
  return { trials: chosen.map((row) => observed(row, params.get(row.number)!, sign)), of: rows.length }
}

/** What a trial is ranked by; null where it says nothing. */
function lossOf({ value, foreseen }: ValueRow, sign: 1 | -1): number | null {
  const known = foreseen?.forecast?.mean ?? value
  return known === null ? null : sign * known
}

function observed({ number, state, value, foreseen }: ValueRow, params: Params, sign: 1 | -1): ObservedTrial {
  if (state === 'complete') return { number, params, result: { outcome: 'complete', value: sign * value! } }
  const { step, forecast } = foreseen ?? {}
  return {
    number,
    params,
    result: {
      outcome: 'pruned',
      ...(value !== null && { value: sign * value }),
      ...(step !== undefined && { step }),
      ...(forecast && { forecast: { mean: sign * forecast.mean, sd: forecast.sd } }),
    },
  }
}

/** Backwards and in pages, so that no answer of the database is large. */
async function readValues(database: Database, studyId: string): Promise<ValueRow[]> {
  const found: ValueRow[] = []
  for (let before = 2 ** 31 - 1; found.length < MOST_READ; ) {
    const rows = await database.query<ValueRow>(
      `select number, state, value, foreseen, date_part('epoch', settled_at) as ended from trials
        where study_id = $1 and number < $2 and state in ('complete', 'pruned') order by number desc limit $3`,
      [studyId, before, PAGE],
    )
    for (const row of rows) if (row.value !== null || row.foreseen?.forecast) found.push(row)
    if (rows.length < PAGE) break
    before = rows.at(-1)!.number
  }
  return found
}

async function readParams(
  database: Database,
  studyId: string,
  numbers: readonly number[],
): Promise<Map<number, Params>> {
  const rows = await database.query<{ number: number; params: Params }>(
    `select t.number, t.params from json_array_elements_text($2::text::json) k
      cross join lateral (select * from trials where study_id = $1 and number = k::int offset 0) t`,
    [studyId, JSON.stringify(numbers)],
  )
  return new Map(rows.map(({ number, params }) => [number, params]))
}
