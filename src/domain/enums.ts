/** The words for a trial's life. How it may leave each state:
 *
 *   proposing → running | ready | cancelled              (its advisor has spoken, or has failed)
 *   ready ⇄ running → complete | failed | pruned        (lost: back to ready until maxAttempts, then failed)
 *   proposing, ready, running → cancelled
 *   ready, failed(lost) → complete | failed | pruned     (a late tell: nothing that ran is thrown away)
 */
export const TRIAL_STATES = [
  'proposing',
  'ready',
  'running',
  'complete',
  'failed',
  'pruned',
  'cancelled',
] as const
export type TrialState = (typeof TRIAL_STATES)[number]

/** What a worker may say of a trial. */
export const OUTCOMES = ['complete', 'oom', 'diverged', 'timeout', 'crashed', 'invalid', 'pruned'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** `lost` is ours to say: every worker that held the trial fell silent. */
export const FAILURES = ['oom', 'diverged', 'timeout', 'crashed', 'invalid', 'lost'] as const
export type Failure = (typeof FAILURES)[number]

export const ATTEMPT_STATES = ['running', 'settled', 'lost', 'superseded', 'cancelled'] as const
export type AttemptState = (typeof ATTEMPT_STATES)[number]

/** `finished`: its budget is spent, or somebody ended it. */
export const STUDY_STATES = ['active', 'paused', 'finished'] as const
export type StudyState = (typeof STUDY_STATES)[number]

/** How one call of a language model went: `answered` gave what it was called for, the others did not. */
export const CALL_OUTCOMES = [
  'answered',
  'timeout',
  'rate_limited',
  'server_error',
  'rejected',
  'refusal',
  'truncated',
  'unparseable',
  'out_of_space',
  'infeasible',
  'duplicate',
] as const
export type CallOutcome = (typeof CALL_OUTCOMES)[number]

/** What a language model was called for: a trial's configuration, or where it believes the optimum to lie. */
export const CALL_PURPOSES = ['configuration', 'beliefs'] as const
export type CallPurpose = (typeof CALL_PURPOSES)[number]

/** An advisor was asked for beliefs. */
export const INQUIRY_STATES = ['asking', 'believed', 'failed'] as const
export type InquiryState = (typeof INQUIRY_STATES)[number]
