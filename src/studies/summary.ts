/** The figures of a study, from its counters: it costs the same at ten trials and at a million, the optimizer's opinion apart. */
import type { Counters, Tally } from '../model/counters.js'
import type { Standing } from '../trials/standing.js'
import { summarizeAdvice } from './advice.js'
import type { Confirmed } from './confirmed.js'
import type { StudyRow } from './read.js'

export function summarize(row: StudyRow, confirmed: Confirmed[] | undefined, standing: Standing) {
  const { counters: c } = row
  const advisor = summarizeAdvice(row, standing.beliefs)
  const settled = c.states.complete + c.states.failed + c.states.pruned
  return {
    study: row.name,
    state: row.state,
    ...(row.reason === null ? {} : { reason: row.reason }),
    trials: c.states,
    failures: c.failures,
    sources: Object.fromEntries(
      Object.entries(c.sources).map(([source, tally]) => [source, ofSource(tally)]),
    ),
    budget: {
      ...row.spec.budget,
      trialsUsed: c.budgeted,
      trainSecondsUsed: c.trainSeconds,
      trainSecondsReserved: c.reservedSeconds,
    },
    oomRate: { all: rate(c.failures.oom ?? 0, settled), last50: rate(count(c.recent, 'o'), c.recent.length) },
    preflightRefusals: c.preflightRefusals,
    lostAttempts: c.lostAttempts,
    repaired: c.repaired,
    duplicates: c.duplicates,
    duplicateRate: rate(c.duplicates, total(c)),
    imported: c.imported,
    ...(c.warmStart && { warmStart: [...c.warmStart] }),
    ...(advisor && { advisor }),
    ...(row.bestNumber === null ? {} : { incumbent: { number: row.bestNumber, value: row.bestValue! } }),
    ...(standing.recommended && { recommended: standing.recommended }),
    ...(confirmed && { confirmed }),
  }
}

function ofSource(tally: Tally) {
  const failed = Object.values(tally.failed).reduce((sum, n) => sum + n, 0)
  const settled = tally.complete + tally.pruned + failed
  return { ...tally, oomRate: rate(tally.failed.oom ?? 0, settled) }
}

function total(counters: Counters): number {
  return Object.values(counters.states).reduce((sum, n) => sum + n, 0)
}

function count(text: string, letter: string): number {
  return text.split(letter).length - 1
}

/** Of none: none, rather than a division by zero. */
function rate(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
