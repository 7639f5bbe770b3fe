/** Rules that stop a trial early. Each looks at what others reported, and says what would have been good enough. */
import type { Sql } from '../db/database.js'
import type { Pruning } from '../model/spec.js'
import type { Decision } from './report.js'

type Direction = 'minimize' | 'maximize'

/** So many of the latest trials are compared with: a report stays cheap in a long study. */
const COMPARED = 1000

export function judge(
  sql: Sql,
  studyId: string,
  pruning: Pruning,
  direction: Direction,
  number: number,
  step: number,
): Promise<Decision> {
  return pruning.rule === 'median'
    ? byMedian(sql, studyId, pruning, direction, number, step)
    : byHalving(sql, studyId, pruning, direction, number, step)
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
  number: number,
  step: number,
): Promise<Decision> {
  if (step <= warmupSteps) return { decision: 'go' }
  const best = direction === 'minimize' ? 'min' : 'max'
  const [found] = await sql.query<{ own: number; others: number; median: number | null }>(
    `with others as (
       select r.value from reports r join trials t using (study_id, number)
        where r.study_id = $1 and r.step = $2 and r.number <> $3 and t.state = 'complete'
        order by r.number desc limit ${COMPARED})
     select (select ${best}(value) from reports where study_id = $1 and number = $3 and step <= $2) as own,
            count(*)::int as others, percentile_cont(0.5) within group (order by value) as median
       from others`,
    [studyId, step, number],
  )
  const { own, others, median } = found!
  if (others < startupTrials || median === null || !worse(own, median, direction)) return { decision: 'go' }
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
  number: number,
  step: number,
): Promise<Decision> {
  const rung = rungAt(step, minStep, factor)
  if (rung === null) return { decision: 'go' }
  const arrived = await sql.query<{ number: number; step: number; value: number }>(
    `select distinct on (number) number, step, value from reports
      where study_id = $1 and step >= $2 and step < $3::bigint order by number desc, step limit ${COMPARED}`,
    [studyId, rung, rung * factor],
  )
  const own = arrived.find((r) => r.number === number)
  if (own === undefined || own.step !== step) return { decision: 'go' } // judged at its first report of this rung
  const kept = Math.floor(arrived.length / factor)
  if (kept < 1) return { decision: 'go' } // too few to compare with
  const sign = direction === 'minimize' ? 1 : -1
  const threshold = sign * arrived.map((r) => sign * r.value).sort((a, b) => a - b)[kept - 1]!
  return worse(own.value, threshold, direction)
    ? { decision: 'stop', rule: 'halving', step, threshold }
    : { decision: 'go' }
}

function rungAt(step: number, minStep: number, factor: number): number | null {
  if (step < minStep) return null
  let rung = minStep
  while (rung * factor <= step) rung *= factor
  return rung
}

function worse(value: number, than: number, direction: Direction): boolean {
  return direction === 'minimize' ? value > than : value < than
}
