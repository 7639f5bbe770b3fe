/** Where a trial's point comes from: points to choose from, in order, and a way to better the one that was chosen. */
import { type Rng, stream } from '../rng.js'
import { scramble, sobol } from '../sobol/sequence.js'
import { type Acquisition, acquisition, type Candidate, climb, drawCandidate, refine } from './acquisition.js'
import type { TpeState } from './state.js'
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

/** Of the way from the default, at first; the whole of it after so many trials and refusals. */
const NEAR = 0.3
const WIDE_AFTER = 24

/** A Sobol sequence around the default configuration, wider with every trial, and scrambled anew for what was refused. */
function spread({ space, axes, seed }: TpeState, number: number, rng: Rng): Source {
  return {
    *points() {
      for (let redraw = 0; redraw < STARTUP_DRAWS; redraw++) {
        const share = Math.min(1, NEAR + ((1 - NEAR) * (number + redraw)) / WIDE_AFTER)
        yield Float64Array.from(axes, ({ parameter, kind, fromUnit }, d) => {
          const scrambling = stream(seed, redraw, d).below(2 ** 32)
          const unit = (scramble(sobol(number, d), scrambling) + 0.5) / 2 ** 32
          const start = space.defaults[parameter.name]
          if (kind === 'categories' || start === undefined) return fromUnit(unit)
          const from = parameter.toUnit(start)
          return fromUnit(from + share * (unit - from))
        })
      }
      yield* everyPoint(axes, rng)
    },
    better() {},
  }
}

/** Each block's candidates from the best down, put together: where one is refused, every block gives its next. */
function promising(
  { history, split: { goodOnes, parts }, axes, options }: TpeState,
  pending: readonly Float64Array[],
  rng: Rng,
): Source {
  const models = parts.map((part) => acquisition(history, goodOnes, part, pending, options))
  const { candidates } = options
  return {
    *points() {
      for (let round = 0; round < ROUNDS; round++) {
        const drawn = models.map((model) =>
          Array.from({ length: candidates }, () => drawCandidate(model, rng)),
        )
        const ranked = models.map((model, b) => bestFirst(model, drawn[b]!))
        for (let rank = 0; rank < candidates; rank++) {
          const whole = new Float64Array(axes.length)
          for (const [b, { block }] of parts.entries()) put(whole, block.places, ranked[b]!())
          yield whole
        }
      }
      yield* everyPoint(axes, rng)
    },
    better(whole, allowed) {
      parts.forEach(({ block: { places } }, b) => {
        if (places.length === 1) return
        const part = Float64Array.from(places, (place) => whole[place]!)
        climb(models[b]!, part, options.climb, rng, () => allowed(put(whole.slice(), places, part)))
        put(whole, places, part)
      })
    },
  }
}

/** The point that scores highest, then the next. One is scored when the most that it can be has its turn. */
function bestFirst(model: Acquisition, left: Candidate[]): () => Float64Array {
  return () => {
    for (;;) {
      let [first] = left as [Candidate]
      for (const one of left) if (one.score > first.score) first = one
      if (first.stage === 'exact') return left.splice(left.indexOf(first), 1)[0]!.at
      refine(model, first)
    }
  }
}

function put(whole: Float64Array, places: readonly number[], part: Float64Array): Float64Array {
  for (let d = 0; d < places.length; d++) whole[places[d]!] = part[d]!
  return whole
}
