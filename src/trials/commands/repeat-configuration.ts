/** Queues runs of one configuration, in a study that has no other trials, and lets the study begin. */
import type { Params } from '../../../search-spaces/index.js'
import type { StoredProgram } from '../../domain/program.js'
import type { HeldStudy } from '../../engine/held-study.js'
import type { Command } from '../../engine/study-queue.js'
import type { TurnWrites } from '../../engine/writes.js'
import { createTrial, type TrialDraft } from './create-trial.js'
import { changeState } from './update-study.js'

export const REPEAT_SOURCE = 'repeat'

/** `own`: with its own constants, and not with the configuration. */
export type RepeatedProgram = StoredProgram & { readonly own: boolean }

interface Repeated {
  readonly params: Params
  readonly program: RepeatedProgram | null
}

/** Sent again, it queues only the runs that are missing. */
export function repeatConfiguration(repeated: Repeated, runs: number): Command<void> {
  return {
    ready: () => true,
    play: (study, writes) => {
      while (study.nextNumber < runs) queueRepeat(study, writes, repeated)
      if (study.state === 'paused') changeState(study, writes, 'active')
      return () => {}
    },
    playLocked: () => Promise.reject(new Error('a configuration to be repeated is always ready')),
  }
}

/** Each run of a program has a seed of its own. */
function queueRepeat(study: HeldStudy, writes: TurnWrites, { params, program }: Repeated): void {
  const number = study.nextNumber
  const draft: TrialDraft = { params, source: REPEAT_SOURCE, repairs: [], refused: 0 }
  if (program === null) {
    createTrial(study, writes, 'enqueue', draft)
    return
  }
  const { own, files, ...identity } = program
  writes.programs.push({ ...identity, files, number })
  createTrial(study, writes, 'enqueue', { ...draft, program: { ...identity, own, seed: number } })
}
