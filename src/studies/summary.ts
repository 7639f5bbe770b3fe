/**
 * The summary of a study. It reads counters, so its cost does not grow with the number of trials (recommendation
 * apart).
 */
import { type Counters, countRecent, type SourceTally, shareOf, type WarmStart } from '../domain/counters.js'
import type { Recommendation } from '../trials/queries/recommendation.js'
import { summarizeAdvice } from './advice-summary.js'
import type { ConfirmedBest } from './confirmed-best.js'
import type { StudyRow } from './read-studies.js'
import { noiseOf, spentOf } from './spent.js'

export function summarize(
  row: StudyRow,
  confirmed: ConfirmedBest[] | undefined,
  recommendation: Recommendation,
) {
  const { counters: c } = row
  const advisor = summarizeAdvice(row, recommendation.beliefs)
  const settled = c.states.complete + c.states.failed + c.states.pruned
  return {
    study: row.name,
    state: row.state,
    ...(row.reason === null ? {} : { reason: row.reason }),
    trials: c.states,
    failures: c.failures,
    sources: Object.fromEntries(
      Object.entries(c.sources).map(([source, tally]) => [source, sourceSummary(tally)]),
    ),
    budget: {
      ...row.spec.budget,
      trialsUsed: c.budgeted,
      trainSecondsUsed: c.trainSeconds,
      trainSecondsReserved: c.reservedSeconds,
    },
    spent: spentOf(row),
    noise: noiseOf(row),
    oomRate: {
      all: shareOf(c.failures.oom ?? 0, settled),
      last50: shareOf(countRecent(c, 'o'), c.recent.length),
    },
    preflightRefusals: c.preflightRefusals,
    lostAttempts: c.lostAttempts,
    repaired: c.repaired,
    duplicates: c.duplicates,
    duplicateRate: shareOf(c.duplicates, totalTrials(c)),
    imported: c.imported,
    ...(c.warmStart && { warmStart: c.warmStart.map((one) => withWeight(one, recommendation)) }),
    ...(advisor && { advisor }),
    ...(row.bestNumber === null ? {} : { incumbent: { number: row.bestNumber, value: row.bestValue! } }),
    ...(recommendation.recommended && { recommended: recommendation.recommended }),
    ...(confirmed && { confirmed }),
  }
}

/** A study that is known as a model has a weight, unless it had too few trials for one. */
function withWeight(one: WarmStart, { earlier }: Recommendation) {
  const carried = one.as === 'model' ? earlier?.find(({ study }) => study === one.study) : undefined
  return { ...one, ...(carried && { weight: carried.weight }) }
}

function sourceSummary(tally: SourceTally) {
  const failed = Object.values(tally.failed).reduce((sum, n) => sum + n, 0)
  const settled = tally.complete + tally.pruned + failed
  return { ...tally, oomRate: shareOf(tally.failed.oom ?? 0, settled) }
}

function totalTrials(counters: Counters): number {
  return Object.values(counters.states).reduce((sum, n) => sum + n, 0)
}
