/**
 * A decision from the reports of a whole study: what a service decides with the evidence that it reads from its
 * database.
 */
import {
  decideByForecast,
  type ForecastOptions,
  finishedFrom,
  forecastFrom,
  isForecastDue,
  thresholdFrom,
} from './by-forecast.js'
import { type Decision, type Direction, GO, type Report, type StudyReports } from './contract.js'
import { decideByHalving, type HalvingOptions, halvingEvidence, rungAt } from './halving.js'
import { decideByMedian, isMedianDue, type MedianOptions, medianEvidence } from './median.js'

export type SchedulerOptions = MedianOptions | HalvingOptions | ForecastOptions

/** `study` holds the report itself as well, as its trial's last one. */
export function decide(
  options: SchedulerOptions,
  direction: Direction,
  report: Report,
  study: StudyReports,
): Decision {
  switch (options.rule) {
    case 'median':
      if (!isMedianDue(options, report)) return GO
      return decideByMedian(options, direction, report, medianEvidence(study, direction, report))
    case 'halving': {
      const rung = rungAt(options, report.step)
      if (rung === null) return GO
      return decideByHalving(options, direction, report, halvingEvidence(study, options, rung))
    }
    case 'forecast': {
      if (!isForecastDue(options, report)) return GO
      const forecast = forecastFrom(finishedFrom(study, report), report, options.startupTrials)
      const threshold = thresholdFrom(study, direction, report.step)
      return decideByForecast(options, direction, report, { forecast, threshold })
    }
  }
}
