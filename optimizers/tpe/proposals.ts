/** Where a trial's point comes from: points to choose from, in order, and a way to improve the chosen one. */
import { type Rng, stream } from '../rng.js'
import { scramble, sobol } from '../sobol/sequence.js'
import {
  type Acquisition,
  acquisitionOf,
  type Candidate,
  climbFrom,
  drawCandidate,
  refineScore,
} from './acquisition.js'
import type { TpeState } from './state.js'
import { everyPoint } from './unseen.js'

export interface Source {
  points(): Iterable<Float64Array>
  /** Changes the point in place, never to one that is not allowed. */
  improve(at: Float64Array, allowed: (at: Float64Array) => boolean): void
}

/** Rounds of candidates: a further one is drawn where all of a round were refused. */
const ROUNDS = 8
const STARTUP_DRAWS = 256

export function sourceOf(state: TpeState, number: number, pending: readonly Float64Array[]): Source {
  const rng = stream(state.seed, number)
  return state.history.succeeded < state.options.startup
    ? startingPoints(state, number, rng)
    : candidatesByDensity(state, pending, rng)
}

/** The share of the way from the default to a Sobol point: NEAR at first, 1 after so many trials and refusals. */
const NEAR = 0.3
const WIDE_AFTER = 24

/** A Sobol sequence around the default configuration, wider with every trial; after a refusal it is scrambled anew. */
function startingPoints({ space, axes, seed }: TpeState, number: number, rng: Rng): Source {
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
    improve() {},
  }
}

/** The best candidates of all blocks put together. Where a point is refused, every block gives its next best. */
function candidatesByDensity(
  { history, split: { goodOnes, parts }, axes, options }: TpeState,
  pending: readonly Float64Array[],
  rng: Rng,
): Source {
  const models = parts.map((part) => acquisitionOf(history, goodOnes, part, pending, options))
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
          for (const [b, { block }] of parts.entries()) putCoordinates(whole, block.places, ranked[b]!())
          yield whole
        }
      }
      yield* everyPoint(axes, rng)
    },
    improve(whole, allowed) {
      parts.forEach(({ block: { places } }, b) => {
        if (places.length === 1) return
        const part = Float64Array.from(places, (place) => whole[place]!)
        climbFrom(models[b]!, part, options.climb, rng, () =>
          allowed(putCoordinates(whole.slice(), places, part)),
        )
        putCoordinates(whole, places, part)
      })
    },
  }
}

/** Gives the point with the highest score, then the next. A score is refined when its upper bound is the highest. */
function bestFirst(model: Acquisition, left: Candidate[]): () => Float64Array {
  return () => {
    for (;;) {
      let [first] = left as [Candidate]
      for (const one of left) if (one.score > first.score) first = one
      if (first.stage === 'exact') return left.splice(left.indexOf(first), 1)[0]!.at
      refineScore(model, first)
    }
  }
}

function putCoordinates(whole: Float64Array, places: readonly number[], part: Float64Array): Float64Array {
  for (let d = 0; d < places.length; d++) whole[places[d]!] = part[d]!
  return whole
}
