/**
 * The model of the objective with one parameter's length scale as short as the data allow, the others at their most
 * likely values.
 *
 * A parameter that nothing has varied near the best seems not to matter: its most likely length scale is long, the
 * model is certain over the whole range, and the parameter stays where it is, often at a bound, however much is lost
 * there. With the short length scale the model is uncertain wherever nothing was tried. Where the data determine the
 * length scale, the shortest plausible one is close to the most likely one, and both models agree.
 */
import { MOST_OBSERVATIONS, negativeLogPosterior } from './fit.js'
import { dataOf, type Model, modelWith } from './model.js'
import type { GpState } from './state.js'

/** The log posterior of the hyperparameters may fall by this: two standard deviations, where it is normal. */
const DROP = 2
/** No length scale is made shorter than this share of the range: no search of a few hundred trials could follow it. */
const SHORTEST = Math.log(0.1)
const HALVINGS = 5
/** Fewer observations say nothing about length scales. */
const FEWEST = 4

/** The model of the objective itself where there is nothing to shorten. */
export function shortScaleModel({ history, models }: GpState, coordinate: number): Model {
  const model = models.value()
  const { encoding, points, succeeded } = history
  const { hyper, count, values, noiseVariances, earlier } = model
  const likely = hyper.lengthScales[coordinate]!
  if (count < FEWEST || likely <= SHORTEST) return model
  const loss = negativeLogPosterior(encoding, dataOf(model), MOST_OBSERVATIONS.value)
  const least = loss(hyper)
  const withLength = (length: number) => ({
    ...hyper,
    lengthScales: hyper.lengthScales.with(coordinate, length),
  })
  const plausible = (length: number) => loss(withLength(length)) - least <= DROP
  const length = leastWhere(plausible, SHORTEST, likely)
  const observed = succeeded.slice(0, count).map((index) => points[index]!)
  return { ...model, ...modelWith(encoding, withLength(length), observed, values, noiseVariances, earlier) }
}

/** The least number for which it holds, where it holds from some number on, `high` among them. By bisection. */
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
