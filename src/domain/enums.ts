/**
 * The states of trials, attempts, studies, calls and inquiries. The transitions of a trial:
 *
 *   proposing → running | ready | cancelled              (its advisor has answered or failed)
 *   ready ⇄ running → complete | failed | pruned        (a lost lease: back to ready until maxAttempts, then failed; a trial that
 *                                                        its worker returns: back to ready)
 *   proposing, ready, running → cancelled
 *   ready, failed(lost) → complete | failed | pruned     (a late tell: the result of a finished run still counts)
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

/** The outcomes that a worker may tell. */
export const OUTCOMES = ['complete', 'oom', 'diverged', 'timeout', 'crashed', 'invalid', 'pruned'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** `lost` is set by the service when every attempt lost its lease. */
export const FAILURES = ['oom', 'diverged', 'timeout', 'crashed', 'invalid', 'lost'] as const
export type Failure = (typeof FAILURES)[number]

export const ATTEMPT_STATES = ['running', 'settled', 'lost', 'superseded', 'cancelled'] as const
export type AttemptState = (typeof ATTEMPT_STATES)[number]

/** `finished`: the budget is used up, or a user finished the study. */
export const STUDY_STATES = ['active', 'paused', 'finished'] as const
export type StudyState = (typeof STUDY_STATES)[number]

/** The outcome of one call of a language model. Only an `answered` call gave a usable answer. */
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
  // Of an edit of a program: it does not apply, its program is not valid, or a run of seconds failed.
  'inapplicable',
  'invalid_program',
  'smoke_failed',
] as const
export type CallOutcome = (typeof CALL_OUTCOMES)[number]

/** What a language model was called for: a trial's configuration, its beliefs about the optimum, candidates, their values, or an edit. */
export const CALL_PURPOSES = ['configuration', 'beliefs', 'candidates', 'scores', 'edit'] as const
export type CallPurpose = (typeof CALL_PURPOSES)[number]

/** The states of a question for beliefs. */
export const INQUIRY_STATES = ['asking', 'believed', 'failed'] as const
export type InquiryState = (typeof INQUIRY_STATES)[number]
