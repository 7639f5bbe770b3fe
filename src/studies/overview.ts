/**
 * What a list of studies shows of each. It reads rows, counters, the last few incumbents and the running trials; its cost
 * does not grow with the trials that have ended.
 */

import { countRecent, endedTrials, shareOf } from '../domain/counters.js'
import { decodeMethod } from '../domain/decode-spec.js'
import type { Budget } from '../domain/spec.js'
import type { Database } from '../storage/database.js'
import { fromSql } from '../storage/rows.js'
import { STUDIES_OF_CELLS, type StudyCursor, type StudyFilter, type StudyRow } from './read-studies.js'
import { noiseOf } from './spent.js'

export interface OverviewFilter extends StudyFilter {
  /** Part of a name, a description or a note. */
  readonly search?: string
  readonly tag?: string
}

type Step = readonly [trials: number, value: number]

export interface OverviewRow extends StudyRow {
  /** The last incumbents, first to last. */
  readonly spark: readonly Step[] | null
  readonly workers: number
  /** The experiment of which it runs a cell. */
  readonly experiment: string | null
}

/** Newest first. */
export async function listOverview(
  database: Database,
  filter: OverviewFilter,
  after: StudyCursor | undefined,
  limit: number,
): Promise<OverviewRow[]> {
  const rows = await database.query<Record<string, unknown>>(LIST, [
    ...valuesOf(filter),
    filter.cells,
    after?.createdAt.toISOString() ?? null,
    after?.id ?? null,
    limit,
  ])
  return rows.map((row) => fromSql<OverviewRow>(row))
}

/** How many of the studies that match belong to experiments, whether they are listed or not. */
export async function countStudiesOfCells(database: Database, filter: OverviewFilter): Promise<number> {
  const [row] = await database.query<{ count: number }>(COUNT_OF_CELLS, valuesOf(filter))
  return row!.count
}

function valuesOf({ state, search, tag }: OverviewFilter) {
  return [state ?? null, search ?? null, tag ?? null]
}

const MATCHES = `
       ($1::text is null or s.state = $1)
   and ($2::text is null or position(lower($2) in lower(concat_ws(' ', s.name, s.spec->>'description', s.note))) > 0)
   and ($3::text is null or exists (select 1 from json_array_elements_text(s.tags) tag where tag = $3))`

const COUNT_OF_CELLS = `
select count(*)::int from studies s
 where s.id in (select id from (${STUDIES_OF_CELLS}) c) and ${MATCHES}`

/**
 * `not in` and not `not exists`, because Postgres hashes the set of the former. Two experiments whose cells have the same name and
 * the same spec share a study.
 */
const LIST = `
with page as materialized (
  select s.* from studies s
   where ${MATCHES}
     and ($4::boolean or s.id not in (select id from (${STUDIES_OF_CELLS}) c))
     and ($5::timestamptz is null or (s.created_at, s.id) < ($5, $6::uuid))
   order by s.created_at desc, s.id desc limit $7),
of_cell as (
  select c.id, min(e.name) as experiment
    from (${STUDIES_OF_CELLS}) c join page on page.id = c.id join experiments e on e.id = c.experiment_id group by c.id)
select s.*, c.experiment, i.spark, w.workers
  from page s
  left join of_cell c on c.id = s.id
  left join lateral (select json_agg(json_build_array(settled, value) order by seq) as spark
                       from (select seq, settled, value from incumbents where study_id = s.id order by seq desc limit 32) last) i on true
  left join lateral (select count(distinct worker)::int as workers from trials where study_id = s.id and state = 'running') w on true
 order by s.created_at desc, s.id desc`

export function viewOverview(row: OverviewRow, now: Date) {
  const { spec, counters: c } = row
  const { optimizer, advisor } = decodeMethod(spec)
  return {
    id: row.id,
    name: row.name,
    seq: row.seq,
    state: row.state,
    ...(row.reason !== null && { reason: row.reason }),
    ...(spec.description !== undefined && { description: spec.description }),
    ...(row.note !== null && { note: row.note }),
    tags: [...(row.tags ?? [])],
    ...spec.objective,
    optimizer: optimizer.kind,
    ...(advisor && { advisor: 'model' in advisor ? advisor.model : advisor.kind }),
    ...(spec.trainer !== undefined && { trainer: spec.trainer }),
    ...(row.experiment !== null && { experiment: row.experiment }),
    trials: c.states,
    ...(row.bestNumber !== null && { best: bestOf(row) }),
    spark: (row.spark ?? []).map(([trials, value]): [number, number] => [trials, value]),
    budget: {
      ...spec.budget,
      trialsUsed: c.budgeted,
      trainSecondsUsed: c.trainSeconds,
      used: shareUsed(row, now),
    },
    oomRate: {
      all: shareOf(c.failures.oom ?? 0, endedTrials(c)),
      last50: shareOf(countRecent(c, 'o'), c.recent.length),
    },
    dollars: c.advice.dollars,
    llmCalls: c.advice.calls,
    workers: row.workers,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

function bestOf({ bestNumber, bestValue, noise, spec }: OverviewRow) {
  return { number: bestNumber!, value: bestValue!, noise: noiseOf({ spec, noise }) }
}

/** The largest share that is used of any limit that ends the study; null where there is none. */
function shareUsed(
  { spec: { budget }, counters, state, createdAt, updatedAt }: OverviewRow,
  now: Date,
): number | null {
  const until = state === 'active' ? now : updatedAt
  const used: Partial<Record<keyof Budget, number>> = {
    trials: counters.budgeted,
    trainSeconds: counters.trainSeconds,
    wallSeconds: (until.getTime() - createdAt.getTime()) / 1000,
  }
  const shares = Object.entries(used).flatMap(([limit, amount]) => {
    const most = budget[limit as keyof Budget]
    return most === undefined ? [] : [Math.min(1, amount / most)]
  })
  return shares.length === 0 ? null : Math.max(...shares)
}
