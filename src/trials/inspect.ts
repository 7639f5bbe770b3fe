/** Reads a study's search between two turns. */
import type { Search } from '../../optimizers/search.js'
import type { Command } from './turn.js'

export function inspectSearch<T>(look: (search: Search) => T): Command<T> {
  return {
    ready: () => true,
    play: (live) => {
      const seen = look(live.search)
      return () => seen
    },
    playLocked: () => Promise.reject(new Error('a look is always ready')),
  }
}
