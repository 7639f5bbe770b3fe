/**
 * The best value so far, of all trials and of each source, beside what the study had spent by then. The database makes the
 * staircases: only the steps leave it.
 */
import { isWithinNoise } from '../../advisors/advisor-history.js'
import type { Database } from '../../storage/database.js'
import { CONFIRM_SOURCE } from '../commands/confirm.js'

export interface Step {
  readonly number: number
  readonly value: number
  /** What the whole study had spent by then, whoever proposed the trial. */
  readonly trials: number
  readonly trainSeconds: number
  readonly wallSeconds: number
  readonly dollars: number
  /** Whether the step is no larger than noise alone would make it; null of a first step, and where the noise is not known. */
  readonly withinNoise: boolean | null
}

export interface Series {
  /** Null: all sources together. */
  readonly source: string | null
  readonly trials: number
  readonly steps: readonly Step[]
  readonly thinned?: true
}

interface StepRow extends Omit<Step, 'withinNoise'> {
  readonly source: string
  readonly ofAll: boolean
  readonly ofSource: boolean
}

/** A series keeps so many steps; of more, evenly chosen ones and the last. */
const MOST_STEPS = 1000

export async function readProgress(
  database: Database,
  studyId: string,
  { sign, noise }: { readonly sign: 1 | -1; readonly noise: number | null },
): Promise<Series[]> {
  const [rows, counts] = await Promise.all([
    database.query<StepRow>(STEPS, [studyId, sign, CONFIRM_SOURCE]),
    database.query<{ source: string; trials: number }>(COUNTS, [studyId]),
  ])
  const all = rows.filter(({ ofAll }) => ofAll)
  const total = counts.reduce((sum, { trials }) => sum + trials, 0)
  const ofSource = ({ source, trials }: (typeof counts)[number]) =>
    seriesOf(
      source,
      trials,
      rows.filter((row) => row.ofSource && row.source === source),
      noise,
    )
  return [seriesOf(null, total, all, noise), ...counts.map(ofSource)]
}

function seriesOf(
  source: string | null,
  trials: number,
  rows: readonly StepRow[],
  noise: number | null,
): Series {
  const steps = rows.map(({ source: _, ofAll: __, ofSource: ___, ...row }, i): Step => {
    const before = rows[i - 1]
    return {
      ...row,
      withinNoise: before === undefined ? null : isWithinNoise(row.value - before.value, noise),
    }
  })
  if (steps.length <= MOST_STEPS) return { source, trials, steps }
  const kept = Array.from(
    { length: MOST_STEPS },
    (_, i) => steps[Math.round((i * (steps.length - 1)) / (MOST_STEPS - 1))]!,
  )
  return { source, trials, steps: kept, thinned: true }
}

const COUNTS = `select proposal->>'source' as source, count(*)::int as trials from trials
  where study_id = $1 and state in ('complete', 'failed', 'pruned') group by 1 order by 2 desc, 1`

/**
 * Every end of a trial and every paid call in the order of time, with running sums; of these the trials that were better
 * than all before them, or than all of their source. Trials that were brought in cost the study nothing.
 */
const STEPS = `
with moments as (
  select settled_at as at, number, 0 as call, case when state = 'complete' then value end as value, proposal->>'source' as source,
         case when proposal->>'source' = 'imported' then 0 else coalesce(train_seconds, 0) end as seconds, 0::float8 as dollars, 1 as ended
    from trials where study_id = $1 and state in ('complete', 'failed', 'pruned')
  union all
  select at, number, call, null, null, 0, dollars, 0 from llm_calls where study_id = $1 and dollars is not null
), spent as (
  select number, value, source, at, call,
         sum(ended) over so_far as ended, sum(seconds) over so_far as seconds, sum(dollars) over so_far as dollars
    from moments window so_far as (order by at, number, call rows unbounded preceding)
), ranked as (
  select *, min($2::int * value) over (order by at, number rows between unbounded preceding and 1 preceding) as best,
         min($2::int * value) over (partition by source order by at, number rows between unbounded preceding and 1 preceding) as best_of_source
    from spent where value is not null and source <> $3
), steps as (
  select *, coalesce($2::int * value < best, true) as of_all, coalesce($2::int * value < best_of_source, true) as of_source from ranked
)
select t.number, t.value, t.source, t.ended::int as trials, t.seconds as "trainSeconds", t.dollars,
       date_part('epoch', t.at - s.created_at) as "wallSeconds", of_all as "ofAll", of_source as "ofSource"
  from steps t join studies s on s.id = $1 where of_all or of_source order by t.at, t.number`
