/** Moves a trial or a study from state to state: by a row of the table of transitions, counted, and logged. */
import { countTransition } from '../domain/counters.js'
import type { TrialState } from '../domain/enums.js'
import {
  type StudyCommand,
  studyTransition,
  type TrialCommand,
  trialTransition,
} from '../domain/lifecycle.js'
import { logEvent } from './event-log.js'
import type { HeldStudy } from './held-study.js'
import type { TurnWrites } from './writes.js'

export interface TrialMove {
  readonly number: number
  readonly command: TrialCommand
  readonly from: TrialState | 'none'
  readonly to: TrialState
  /** What the event says beside its kind. */
  readonly data?: object
}

export function moveTrial(study: HeldStudy, writes: TurnWrites, move: TrialMove): void {
  const { number, command, from, to, data } = move
  const { event } = trialTransition(command, from, to)
  study.counters = countTransition(study.counters, from === 'none' ? null : from, to)
  if (event !== null) logEvent(study, writes, event, number, data)
}

export function moveStudy(
  study: HeldStudy,
  writes: TurnWrites,
  command: StudyCommand,
  reason: string | null,
): void {
  const { to, event } = studyTransition(command)
  study.state = to
  study.reason = reason
  logEvent(study, writes, event, null, { reason })
}
