/** Where a trial's point comes from: points to choose from, in order, and a way to better the one that was chosen. */
import { type Rng, stream } from '../rng.js'
import { scramble, sobol } from '../sobol/sequence.js'
import { acquisition, split } from './acquisition.js'
import type { TpeState } from './index.js'
import { everyPoint } from './unseen.js'

export interface Source {
  points(): Iterable<Float64Array>
  /** In place, never to a point that is not allowed. */
  better(at: Float64Array, allowed: (at: Float64Array) => boolean): void
}

/** Rounds of candidates: more are drawn where all of one round were refused. */
const ROUNDS = 8
const STARTUP_DRAWS = 256

export function sourceOf(state: TpeState, number: number, pending: readonly Float64Array[]): Source {
  const rng = stream(state.seed, number)
  return state.history.succeeded < state.options.startup
    ? spread(state, number, rng)
    : promising(state, pending, rng)
}

/** A Sobol sequence, scrambled anew for what was refused. */
function spread({ axes, seed }: TpeState, number: number, rng: Rng): Source {
  return {
    *points() {
      for (let redraw = 0; redraw < STARTUP_DRAWS; redraw++) {
        yield Float64Array.from(axes, ({ fromUnit }, d) => {
          const scrambling = stream(seed, redraw, d).below(2 ** 32)
          return fromUnit((scramble(sobol(number, d), scrambling) + 0.5) / 2 ** 32)
        })
      }
      yield* everyPoint(axes, rng)
    },
    better() {},
  }
}

/** Each block's candidates from the best down, put together: where one is refused, every block gives its next. */
function promising(
  { history, blocks, axes, options }: TpeState,
  pending: readonly Float64Array[],
  rng: Rng,
): Source {
  const rows = split(history, options)
  const models = blocks.map((block) => acquisition(history, block, rows, pending, options))
  const { candidates, climb } = options
  return {
    *points() {
      for (let round = 0; round < ROUNDS; round++) {
        const ranked = models.map(({ draw, score }) =>
          Array.from({ length: candidates }, () => draw(rng))
            .map((at) => ({ at, score: score(at) }))
            .sort((a, b) => b.score - a.score),
        )
        for (let rank = 0; rank < candidates; rank++) {
          const whole = new Float64Array(axes.length)
          blocks.forEach(({ places }, b) => {
            put(whole, places, ranked[b]![rank]!.at)
          })
          yield whole
        }
      }
      yield* everyPoint(axes, rng)
    },
    better(whole, allowed) {
      blocks.forEach(({ places }, b) => {
        if (places.length === 1) return
        const part = Float64Array.from(places, (place) => whole[place]!)
        models[b]!.climb(part, climb, rng, () => allowed(put(whole.slice(), places, part)))
        put(whole, places, part)
      })
    },
  }
}

function put(whole: Float64Array, places: readonly number[], part: Float64Array): Float64Array {
  for (let d = 0; d < places.length; d++) whole[places[d]!] = part[d]!
  return whole
}
