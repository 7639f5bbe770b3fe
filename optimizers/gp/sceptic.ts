/**
 * The model as a sceptic sees it: one parameter has the shortest length scale that the data do not rule out, the others
 * their most likely ones.
 *
 * What nothing has varied near the best seems not to matter: the most likely length scale is long, the model is sure of the
 * whole range, and the parameter stays where it is, at a bound as a rule, however much is lost there. The sceptic is
 * sure of nothing that was not tried. Where it was, length scales are known well, and he sees what everybody does.
 */
import { misfitOf } from './fit.js'
import { type Model, modelWith } from './model.js'
import type { GpState } from './state.js'
import { MOST } from './targets.js'

/** By so much the logarithm of the posterior may fall: two standard deviations, where it is normal. */
const DROP = 2
/** What varies faster, in ranges, no search of a few hundred trials could follow. */
const SHORTEST = Math.log(0.1)
const HALVINGS = 5
/** Fewer observations tell nothing of length scales. */
const FEWEST = 4

export function scepticOf({ history, models }: GpState, coordinate: number): Model {
  const model = models.value()
  const { encoding, points, told } = history
  const { hyper, count, rows, values, doubts } = model
  const likely = hyper.lengths[coordinate]!
  if (count < FEWEST || likely <= SHORTEST) return model
  const misfit = misfitOf(encoding, { count, rows, values, doubts }, MOST.value)
  const least = misfit(hyper)
  const withLength = (length: number) => ({ ...hyper, lengths: hyper.lengths.with(coordinate, length) })
  const plausible = (length: number) => misfit(withLength(length)) - least <= DROP
  const length = leastWhere(plausible, SHORTEST, likely)
  const observed = told.slice(0, count).map((place) => points[place]!)
  return { ...model, ...modelWith(encoding, withLength(length), observed, values, doubts) }
}

/** The least number for which it holds, where it holds from some number on, `high` among them. */
function leastWhere(holds: (x: number) => boolean, low: number, high: number): number {
  if (holds(low)) return low
  let [below, above] = [low, high]
  for (let k = 0; k < HALVINGS; k++) {
    const middle = (below + above) / 2
    if (holds(middle)) above = middle
    else below = middle
  }
  return above
}
