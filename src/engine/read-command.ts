/** Reads a study between two turns. */
import type { Search } from '../../optimizers/search.js'
import type { HeldStudy } from './held-study.js'
import type { Command } from './study-queue.js'

export function readCommand<T>(look: (study: HeldStudy) => T): Command<T> {
  return {
    ready: () => true,
    play: (study) => {
      const seen = look(study)
      return () => seen
    },
    playLocked: () => Promise.reject(new Error('a look is always ready')),
  }
}

export function readSearch<T>(look: (search: Search) => T): Command<T> {
  return readCommand(({ search }) => look(search))
}
