/** Why an ask is answered with fewer trials than it asked for. */

/** `advising`: a language model is asked about a trial. Ask again under the same worker name to get it. */
export const NO_TRIAL_CODES = ['finished', 'paused', 'budget_reserved', 'advising'] as const

export interface NoTrialReason {
  readonly code: (typeof NO_TRIAL_CODES)[number]
  readonly message: string
}
