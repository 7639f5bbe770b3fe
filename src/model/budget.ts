/** May one more trial begin? Asked inside the turn that would begin it, so a cap holds under any number of workers. */
import type { Counters } from './counters.js'
import type { Budget } from './spec.js'

export type Allowance =
  | { readonly may: true; readonly reserveSeconds: number }
  /** `spent`: never again. `reserved`: what is left is held by running trials, and some may come back. */
  | { readonly may: false; readonly why: 'spent' | 'reserved'; readonly message: string }

/** For a trial that is not counted yet (a new one) or that is (queued, lost before): only the new one takes a place. */
export function allowance(budget: Budget, counters: Counters, isNew: boolean): Allowance {
  if (isNew && budget.trials !== undefined && counters.budgeted >= budget.trials) {
    return {
      may: false,
      why: 'spent',
      message: `All ${budget.trials} trials of the budget have been given out`,
    }
  }
  return seconds(budget, counters)
}

function seconds(budget: Budget, counters: Counters): Allowance {
  const need = budget.trialSeconds ?? counters.longestSeconds
  const { trainSeconds: total } = budget
  if (total === undefined) return { may: true, reserveSeconds: need }
  const { trainSeconds: used, reservedSeconds: held } = counters
  if (used + held + need <= total && used + held < total) return { may: true, reserveSeconds: need }
  const parts = [`${round(used)} of ${total} train seconds are used`]
  if (held > 0) parts.push(`${round(held)} are held by running trials`)
  if (used + held < total) parts.push(`a trial may need ${round(need)}`)
  const message = parts.join(', ')
  return { may: false, why: held > 0 ? 'reserved' : 'spent', message }
}

/** Nothing runs and nothing may begin: the study has ended, and why. */
export function spent(budget: Budget, counters: Counters): string | null {
  if (counters.states.running > 0) return null
  const allowed = allowance(budget, counters, counters.states.ready === 0)
  return allowed.may ? null : allowed.message
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
