/**
 * The states of a trial and of a study, and what moves them: one table each. The engine moves a trial or a study only by a row
 * of these tables; the tests walk them, and ARCHITECTURE.md shows them.
 */
import type { StudyState, TrialState } from './enums.js'

export interface TrialTransition {
  readonly command: TrialCommand
  /** `none`: the trial does not exist yet. */
  readonly from: readonly (TrialState | 'none')[]
  readonly to: readonly TrialState[]
  /** What the study's log says of it. Null: the command that follows in the same turn is logged instead. */
  readonly event:
    | 'queued'
    | 'proposing'
    | 'advised'
    | 'leased'
    | 'requeued'
    | 'returned'
    | 'lost'
    | 'settled'
    | 'cancelled'
    | null
  readonly effect: string
}

export type TrialCommand =
  | 'propose'
  | 'enqueue'
  | 'import'
  | 'consult'
  | 'decide'
  | 'skip'
  | 'lease'
  | 'requeue'
  | 'return'
  | 'give up'
  | 'tell'
  | 'tell late'
  | 'cancel'

const ENDS = ['complete', 'failed', 'pruned'] as const

export const TRIAL_TRANSITIONS = [
  {
    command: 'propose',
    from: ['none'],
    to: ['ready'],
    event: null,
    effect:
      'the optimizer or a scripted advisor gives the configuration; the trial takes its place in the budget',
  },
  {
    command: 'enqueue',
    from: ['none'],
    to: ['ready'],
    event: 'queued',
    effect: 'somebody gives the configuration, or one of the best is run again to confirm it',
  },
  {
    command: 'import',
    from: ['none'],
    to: ENDS,
    event: 'settled',
    effect: 'a trial that ran elsewhere is observed; it costs no budget',
  },
  {
    command: 'consult',
    from: ['none'],
    to: ['proposing'],
    event: 'proposing',
    effect: 'a language model is asked; the trial has its place in the budget and its train seconds reserved',
  },
  {
    command: 'decide',
    from: ['proposing'],
    to: ['ready'],
    event: 'advised',
    effect: 'the trial runs what its advisor said, or the optimizer’s own point and why',
  },
  {
    command: 'skip',
    from: ['proposing'],
    to: ['cancelled'],
    event: 'cancelled',
    effect: 'its advisor failed and the study skips such trials; its place in the budget is spent',
  },
  {
    command: 'lease',
    from: ['ready'],
    to: ['running'],
    event: 'leased',
    effect: 'a new attempt with a token and an expiry; its train seconds are reserved',
  },
  {
    command: 'requeue',
    from: ['running'],
    to: ['ready'],
    event: 'requeued',
    effect: 'the lease ran out; the attempt is lost, and another may begin',
  },
  {
    command: 'return',
    from: ['running'],
    to: ['ready'],
    event: 'returned',
    effect: 'its worker cannot run it, whatever the configuration; the attempt does not count',
  },
  {
    command: 'give up',
    from: ['running'],
    to: ['failed'],
    event: 'lost',
    effect: 'the lease of the last attempt ran out; the failure is `lost`',
  },
  {
    command: 'tell',
    from: ['running'],
    to: ENDS,
    event: 'settled',
    effect: 'counters, incumbent and search learn the outcome; the study may finish',
  },
  {
    command: 'tell late',
    from: ['ready', 'running', 'failed'],
    to: ENDS,
    event: 'settled',
    effect:
      'an attempt whose lease ran out tells first: its result counts, and an attempt that runs is superseded',
  },
  {
    command: 'cancel',
    from: ['proposing', 'ready', 'running'],
    to: ['cancelled'],
    event: 'cancelled',
    effect: 'its place in the budget is free again; a running attempt ends',
  },
] as const satisfies readonly TrialTransition[]

/** The transition of a command from a state to a state; a defect of the caller where the table has none. */
export function trialTransition(
  command: TrialCommand,
  from: TrialState | 'none',
  to: TrialState,
): TrialTransition {
  const found = (TRIAL_TRANSITIONS as readonly TrialTransition[]).find((row) => row.command === command)
  if (!found?.from.includes(from) || !found.to.includes(to))
    throw new Error(`a trial cannot go from ${from} to ${to} by '${command}'`)
  return found
}

export interface StudyTransition {
  readonly command: StudyCommand
  readonly from: readonly StudyState[]
  readonly to: StudyState
  readonly event: 'paused' | 'resumed' | 'finished'
  readonly effect: string
}

export type StudyCommand = 'pause' | 'resume' | 'finish'

export const STUDY_TRANSITIONS = [
  {
    command: 'pause',
    from: ['active', 'paused', 'finished'],
    to: 'paused',
    event: 'paused',
    effect: 'asks are answered with the reason; running trials go on',
  },
  {
    command: 'resume',
    from: ['active', 'paused', 'finished'],
    to: 'active',
    event: 'resumed',
    effect: 'asks are answered with trials again; a larger budget resumes a finished study too',
  },
  {
    command: 'finish',
    from: ['active', 'paused', 'finished'],
    to: 'finished',
    event: 'finished',
    effect: 'the budget is spent and nothing runs, or somebody ended the study',
  },
] as const satisfies readonly StudyTransition[]

export function studyTransition(command: StudyCommand): StudyTransition {
  return STUDY_TRANSITIONS.find((row) => row.command === command)!
}
