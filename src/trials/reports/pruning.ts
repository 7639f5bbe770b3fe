/** Rules that stop a trial early. Each looks at what others reported, and says what would have been good enough. */

import { normalChanceBelow } from '../../domain/forecast.js'
import type { Pruning } from '../../domain/spec.js'
import type { Sql } from '../../storage/database.js'
import { forecastAt, type Report } from './forecast.js'

/** `stop` names the rule that fired, at which step, and the value it would have had to reach: by then, or (`forecast`) in the end. */
export type Decision =
  | { readonly decision: 'go' }
  | {
      readonly decision: 'stop'
      readonly rule: 'median' | 'halving'
      readonly step: number
      readonly threshold: number
    }
  | {
      readonly decision: 'stop'
      readonly rule: 'forecast'
      readonly step: number
      readonly threshold: number
      /** That it reaches the threshold. */
      readonly chance: number
    }
  | { readonly decision: 'stop'; readonly rule: 'not_finite'; readonly step: number }

type Direction = 'minimize' | 'maximize'

/** So many of the latest trials are compared with: a report stays cheap in a long study. */
const MOST_COMPARED = 1000

export function applyRule(
  sql: Sql,
  studyId: string,
  pruning: Pruning,
  direction: Direction,
  report: Report,
): Promise<Decision> {
  if (pruning.rule === 'median') return byMedian(sql, studyId, pruning, direction, report)
  if (pruning.rule === 'halving') return byHalving(sql, studyId, pruning, direction, report)
  return byForecast(sql, studyId, pruning, direction, report)
}

/**
 * Median stopping (Golovin et al. 2017, Vizier §3.2): a trial stops when the best it has reported up to this step is worse
 * than the median of what finished trials reported at it.
 */
async function byMedian(
  sql: Sql,
  studyId: string,
  { startupTrials, warmupSteps }: Extract<Pruning, { rule: 'median' }>,
  direction: Direction,
  { number, step }: Report,
): Promise<Decision> {
  if (step <= warmupSteps) return { decision: 'go' }
  const best = direction === 'minimize' ? 'min' : 'max'
  const [found] = await sql.query<{ own: number; others: number; median: number | null }>(
    `with others as (
       select r.value from reports r join trials t using (study_id, number)
        where r.study_id = $1 and r.step = $2 and r.number <> $3 and t.state = 'complete'
        order by r.number desc limit ${MOST_COMPARED})
     select (select ${best}(value) from reports where study_id = $1 and number = $3 and step <= $2) as own,
            count(*)::int as others, percentile_cont(0.5) within group (order by value) as median
       from others`,
    [studyId, step, number],
  )
  const { own, others, median } = found!
  if (others < startupTrials || median === null || !isWorse(own, median, direction)) return { decision: 'go' }
  return { decision: 'stop', rule: 'median', step, threshold: median }
}

/**
 * Asynchronous successive halving (Li et al. 2020, ASHA): rungs at minStep · factorᵏ; at its first report on or past a rung a
 * trial goes on only if it is among the best 1/factor of those that came so far.
 */
async function byHalving(
  sql: Sql,
  studyId: string,
  { minStep, factor }: Extract<Pruning, { rule: 'halving' }>,
  direction: Direction,
  { number, step }: Report,
): Promise<Decision> {
  const rung = rungBelow(step, minStep, factor)
  if (rung === null) return { decision: 'go' }
  const arrived = await sql.query<{ number: number; step: number; value: number }>(
    `select distinct on (number) number, step, value from reports
      where study_id = $1 and step >= $2 and step < $3::bigint order by number desc, step limit ${MOST_COMPARED}`,
    [studyId, rung, rung * factor],
  )
  const own = arrived.find((r) => r.number === number)
  if (own === undefined || own.step !== step) return { decision: 'go' } // judged at its first report of this rung
  const kept = Math.floor(arrived.length / factor)
  if (kept < 1) return { decision: 'go' } // too few to compare with
  const sign = direction === 'minimize' ? 1 : -1
  const threshold = sign * arrived.map((r) => sign * r.value).sort((a, b) => a - b)[kept - 1]!
  return isWorse(own.value, threshold, direction)
    ? { decision: 'stop', rule: 'halving', step, threshold }
    : { decision: 'go' }
}

/** Who is good: so large a share of those that ended. */
const BEST_SHARE = 0.1

/**
 * A trial stops when it is unlikely to end among the best tenth of those that ended, as far as that can be told from how the
 * finished ones went on from here. Not below the very best: that is the luckiest, and who nearly reaches it is worth knowing well.
 */
async function byForecast(
  sql: Sql,
  studyId: string,
  { chance, startupTrials, warmupSteps }: Extract<Pruning, { rule: 'forecast' }>,
  direction: Direction,
  report: Report,
): Promise<Decision> {
  if (report.step <= warmupSteps) return { decision: 'go' }
  const forecast = await forecastAt(sql, studyId, report, startupTrials)
  const threshold = forecast && (await bestTenthThreshold(sql, studyId, direction, report.step))
  if (threshold === undefined) return { decision: 'go' }
  const below = normalChanceBelow(forecast!, threshold)
  const own = direction === 'minimize' ? below : 1 - below
  return own < chance
    ? { decision: 'stop', rule: 'forecast', step: report.step, threshold, chance: own }
    : { decision: 'go' }
}

/**
 * The last of the best tenth; trials that were pruned count as none of them. Undefined where nobody has reported later on: a
 * trial that is about to end costs nothing more.
 */
async function bestTenthThreshold(
  sql: Sql,
  studyId: string,
  direction: Direction,
  step: number,
): Promise<number | undefined> {
  const [found] = await sql.query<{ value: number }>(
    `with ended as (
       select state, value from trials where study_id = $1 and state in ('complete', 'pruned')
        order by number desc limit ${MOST_COMPARED})
     select value from ended
      where state = 'complete' and exists (select 1 from reports where study_id = $1 and step > $2) order by value ${direction === 'minimize' ? 'asc' : 'desc'}
     offset (select greatest(0, ceil(${BEST_SHARE} * count(*))::int - 1) from ended) limit 1`,
    [studyId, step],
  )
  return found?.value
}

function rungBelow(step: number, minStep: number, factor: number): number | null {
  if (step < minStep) return null
  let rung = minStep
  while (rung * factor <= step) rung *= factor
  return rung
}

function isWorse(value: number, than: number, direction: Direction): boolean {
  return direction === 'minimize' ? value > than : value < than
}
