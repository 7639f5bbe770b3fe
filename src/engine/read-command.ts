/** A command that reads a study between two turns and changes nothing. */
import type { StudySearch } from '../compute/study-search.js'
import type { HeldStudy } from './held-study.js'
import type { Command } from './study-queue.js'

export function readCommand<T>(read: (study: HeldStudy) => T | Promise<T>): Command<T> {
  return {
    ready: () => true,
    play: async (study) => {
      const result = await read(study)
      return () => result
    },
    playLocked: () => Promise.reject(new Error('a command that only reads is always ready')),
  }
}

export function readSearch<T>(read: (search: StudySearch) => T | Promise<T>): Command<T> {
  return readCommand(({ search }) => read(search))
}
