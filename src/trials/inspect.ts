/** Reads a study between two turns. */
import type { Search } from '../../optimizers/search.js'
import type { Live } from './live.js'
import type { Command } from './turn.js'

export function lookAt<T>(look: (live: Live) => T): Command<T> {
  return {
    ready: () => true,
    play: (live) => {
      const seen = look(live)
      return () => seen
    },
    playLocked: () => Promise.reject(new Error('a look is always ready')),
  }
}

export function inspectSearch<T>(look: (search: Search) => T): Command<T> {
  return lookAt(({ search }) => look(search))
}
