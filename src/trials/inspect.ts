/** Reads a study's search between two turns. */
import type { Search } from '../../optimizers/search.js'
import type { Live } from './live.js'
import type { Command } from './turn.js'

export function inspectSearch<T>(look: (search: Search, live: Live) => T): Command<T> {
  return {
    ready: () => true,
    play: (live) => {
      const seen = look(live.search, live)
      return () => seen
    },
    playLocked: () => Promise.reject(new Error('a look is always ready')),
  }
}
