/** Queues runs of one configuration, in a study that has no other trials, and lets the study begin. */
import type { Params } from '../../../search-spaces/index.js'
import type { Command } from '../../engine/study-queue.js'
import { createTrial } from './create-trial.js'
import { changeState } from './update-study.js'

export const REPEAT_SOURCE = 'repeat'

/** Sent again, it queues only the runs that are missing. */
export function repeatConfiguration(params: Params, runs: number): Command<void> {
  return {
    ready: () => true,
    play: (study, writes) => {
      while (study.nextNumber < runs)
        createTrial(study, writes, 'enqueue', { params, source: REPEAT_SOURCE, repairs: [], refused: 0 })
      if (study.state === 'paused') changeState(study, writes, 'active')
      return () => {}
    },
    playLocked: () => Promise.reject(new Error('a configuration to be repeated is always ready')),
  }
}
