/** The points that a trial may be made of, in the order in which they are to be tried. */
import { type Rng, stream } from '../rng.js'
import { scramble, sobol } from '../sobol/sequence.js'
import { acquisition, split } from './acquisition.js'
import type { TpeState } from './index.js'
import { draw } from './parzen.js'
import { everyPoint } from './unseen.js'

/** Rounds of candidates: more are drawn where all of one round were refused. */
const ROUNDS = 8
const STARTUP_DRAWS = 256

export function* proposals(
  state: TpeState,
  number: number,
  pending: readonly Float64Array[],
): Iterable<Float64Array> {
  const rng = stream(state.seed, number)
  if (state.history.succeeded < state.options.startup) yield* spread(state, number)
  else yield* promising(state, pending, rng)
  yield* everyPoint(state.axes, rng)
}

/** A scrambled Sobol sequence, scrambled anew for what was refused. */
function* spread({ axes, seed }: TpeState, number: number): Iterable<Float64Array> {
  for (let redraw = 0; redraw < STARTUP_DRAWS; redraw++) {
    yield Float64Array.from(axes, (axis, d) => {
      const scrambling = stream(seed, redraw, d).below(2 ** 32)
      const unit = (scramble(sobol(number, d), scrambling) + 0.5) / 2 ** 32
      return axis.fromUnit(unit)
    })
  }
}

/** Each block's candidates from the best down, put together: where one is refused, every block gives its next. */
function* promising(
  { history, blocks, axes, options }: TpeState,
  pending: readonly Float64Array[],
  rng: Rng,
): Iterable<Float64Array> {
  const rows = split(history, options)
  const models = blocks.map((block) => acquisition(history, block, rows, pending, options))
  for (let round = 0; round < ROUNDS; round++) {
    const ranked = models.map(({ good, score }) =>
      Array.from({ length: options.candidates }, () => draw(good, rng))
        .map((at) => ({ at, score: score(at) }))
        .sort((a, b) => b.score - a.score),
    )
    for (let i = 0; i < options.candidates; i++) {
      const whole = new Float64Array(axes.length)
      blocks.forEach(({ places }, b) => {
        places.forEach((place, d) => {
          whole[place] = ranked[b]![i]!.at[d]!
        })
      })
      yield whole
    }
  }
}
