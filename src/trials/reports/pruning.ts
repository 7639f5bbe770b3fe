/**
 * Reads from the database what a pruning rule needs to know of the other trials. The rules themselves, and what each query has
 * to give, are in optimizers/schedulers/: aggregates are computed in SQL because a report must stay cheap in a long study.
 */
import type { Forecast } from '../../../optimizers/contract.js'
import {
  decideByForecast,
  type ForecastOptions,
  GOOD_SHARE,
  isForecastDue,
} from '../../../optimizers/schedulers/by-forecast.js'
import {
  type Decision,
  type Direction,
  GO,
  MOST_COMPARED,
  type Report,
} from '../../../optimizers/schedulers/contract.js'
import {
  decideByHalving,
  type HalvingOptions,
  halvingThreshold,
  rungAt,
} from '../../../optimizers/schedulers/halving.js'
import {
  decideByMedian,
  isMedianDue,
  type MedianEvidence,
  type MedianOptions,
} from '../../../optimizers/schedulers/median.js'
import type { Pruning } from '../../domain/spec.js'
import type { Sql } from '../../storage/database.js'
import { forecastAt } from './forecast.js'

export type { Decision }

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

async function byMedian(
  sql: Sql,
  studyId: string,
  options: MedianOptions,
  direction: Direction,
  report: Report,
): Promise<Decision> {
  if (!isMedianDue(options, report)) return GO
  return decideByMedian(options, direction, report, await readMedian(sql, studyId, direction, report))
}

async function readMedian(
  sql: Sql,
  studyId: string,
  direction: Direction,
  report: Report,
): Promise<MedianEvidence> {
  const best = direction === 'minimize' ? 'min' : 'max'
  const [found] = await sql.query<MedianEvidence>(
    `with others as (
       select r.value from reports r join trials t using (study_id, number)
        where r.study_id = $1 and r.step = $2 and r.number <> $3 and t.state = 'complete'
        order by r.number desc limit ${MOST_COMPARED})
     select (select ${best}(value) from reports where study_id = $1 and number = $3 and step <= $2) as own,
            count(*)::int as others, percentile_cont(0.5) within group (order by value) as median
       from others`,
    [studyId, report.step, report.number],
  )
  return found!
}

async function byHalving(
  sql: Sql,
  studyId: string,
  options: HalvingOptions,
  direction: Direction,
  report: Report,
): Promise<Decision> {
  const rung = rungAt(options, report.step)
  if (rung === null) return GO
  return decideByHalving(options, direction, report, await readArrived(sql, studyId, options, rung))
}

function readArrived(sql: Sql, studyId: string, { factor }: HalvingOptions, rung: number): Promise<Report[]> {
  return sql.query<Report>(
    `select distinct on (number) number, step, value from reports
      where study_id = $1 and step >= $2 and step < $3::bigint order by number desc, step limit ${MOST_COMPARED}`,
    [studyId, rung, rung * factor],
  )
}

async function byForecast(
  sql: Sql,
  studyId: string,
  options: ForecastOptions,
  direction: Direction,
  report: Report,
): Promise<Decision> {
  if (!isForecastDue(options, report)) return GO
  const forecast = await forecastAt(sql, studyId, report, options.startupTrials)
  if (forecast === undefined) return GO
  const threshold = await thresholdOf(sql, studyId, direction, report.step)
  return decideByForecast(options, direction, report, { forecast, threshold })
}

/** `thresholdFrom` of optimizers/schedulers/by-forecast.ts, as a query. */
async function thresholdOf(
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
      where state = 'complete' and exists (select 1 from reports where study_id = $1 and step > $2)
      order by value ${direction === 'minimize' ? 'asc' : 'desc'}
     offset (select greatest(0, ceil(${GOOD_SHARE} * count(*))::int - 1) from ended) limit 1`,
    [studyId, step],
  )
  return found?.value
}

/** What a rule compares a report with, by the trials that there are now; null where it compares with nothing. */
export interface Comparison {
  readonly threshold: number | null
  /** Under the rule forecast: what the trial is expected to end with. */
  readonly forecast?: Forecast
}

export async function comparisonAt(
  sql: Sql,
  studyId: string,
  pruning: Pruning,
  direction: Direction,
  report: Report,
): Promise<Comparison> {
  if (pruning.rule === 'median') {
    if (!isMedianDue(pruning, report)) return { threshold: null }
    const { others, median } = await readMedian(sql, studyId, direction, report)
    return { threshold: others < pruning.startupTrials ? null : median }
  }
  if (pruning.rule === 'halving') {
    const rung = rungAt(pruning, report.step)
    if (rung === null) return { threshold: null }
    const arrived = await readArrived(sql, studyId, pruning, rung)
    return { threshold: halvingThreshold(pruning.factor, direction, arrived) ?? null }
  }
  if (!isForecastDue(pruning, report)) return { threshold: null }
  const forecast = await forecastAt(sql, studyId, report, pruning.startupTrials)
  if (forecast === undefined) return { threshold: null }
  return { threshold: (await thresholdOf(sql, studyId, direction, report.step)) ?? null, forecast }
}
