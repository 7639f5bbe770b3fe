/**
 * The fit of the hyperparameters: those with the highest posterior density (MAP).
 *
 * A fit starts from the one to the first two thirds of the observations (`model.ts`), which is near. So a few
 * likelihoods of all rows suffice, and the result is a function of the observations alone.
 */
import { minimise, type Smooth } from '../math/lbfgs.js'
import type { Encoding } from '../surrogate/encoding.js'
import type { Hyperparameters } from './kernel.js'
import { type Data, likelihoodOf, logLikelihoodOf } from './likelihood.js'
import {
  lengthScalePrior,
  logDensity,
  logDensitySlope,
  logMode,
  logPrior,
  NOISE,
  NOISE_FLOOR,
  SIGNAL,
} from './priors.js'

/** A fit uses at most so many observations. A third of 300 left out cost a fit tens of units of log likelihood. */
export const MOST_OBSERVATIONS = { value: 300, failure: 150 }

/** Likelihoods that a fit may compute: without a start, from an earlier fit, and from one with more than FEW rows. */
const EVALUATIONS = { first: 30, further: 16, costly: 6 }
const FEW = 200
/** A smaller gain in log posterior ends a fit. */
const TOLERANCE = 0.01
/** Of the logarithms of length scales and signal. */
const BOUNDS = {
  shortest: Math.log(0.01),
  longest: Math.log(1e3),
  faint: Math.log(1e-3),
  loud: Math.log(1e3),
}

/** Fits to at most `most` of the observations, from an earlier fit where one is given. */
export function fitHyperparameters(
  encoding: Encoding,
  data: Data,
  most: number,
  before?: Hyperparameters,
): Hyperparameters {
  const start = before ? vectorOf(before) : priorModes(encoding.inputs)
  const part = subsetOf(encoding, data, most)
  const further = part.count > FEW ? EVALUATIONS.costly : EVALUATIONS.further
  return hyperparametersOf(minimisedFrom(start, lossOf(encoding, part), before ? further : EVALUATIONS.first))
}

/** Of the fits that tell whether there is noise. */
const COMPARED = { observations: 150, evaluations: 25 }

/**
 * By how much noise makes the observations more likely: the log likelihood of the best hyperparameters with noise, less
 * that of the best without. The priors of length scales and signal count, the prior of the noise does not. `likely` are
 * the hyperparameters of the model.
 */
export function evidenceOfNoise(encoding: Encoding, data: Data, likely: Hyperparameters): number {
  const part = subsetOf(encoding, data, COMPARED.observations)
  const loss = lossOf(encoding, part)
  const bounds = boundsOf(encoding.inputs)
  const without = vectorOf({ ...likely, noise: Math.log(NOISE_FLOOR) })
  const settings = { evaluations: COMPARED.evaluations, tolerance: TOLERANCE, firstStep: 1 }
  const fixed = bounds.map((bound) => bound.with(-1, without.at(-1)!)) as [Float64Array, Float64Array]
  const freeOfPrior = ({ x, value }: { x: Float64Array; value: number }) =>
    -value - logDensity(NOISE, x.at(-1)!)
  return (
    freeOfPrior(minimise(loss, vectorOf(likely), bounds, settings)) -
    freeOfPrior(minimise(loss, without, fixed, settings))
  )
}

/** The hyperparameters of a model without observations. */
export function defaultHyperparameters(encoding: Encoding): Hyperparameters {
  return hyperparametersOf(priorModes(encoding.inputs))
}

/** −log of the posterior density of hyperparameters, up to a constant: what a fit minimises. */
export function negativeLogPosterior(
  encoding: Encoding,
  data: Data,
  most: number,
): (hyper: Hyperparameters) => number {
  const likelihoodAt = logLikelihoodOf(encoding, subsetOf(encoding, data, most))
  return (hyper) => -likelihoodAt(hyper) - logPrior(hyper)
}

/** The negative log posterior, with its gradient. */
function lossOf(encoding: Encoding, data: Data): Smooth {
  const dimensions = encoding.inputs
  const prior = lengthScalePrior(dimensions)
  const likelihoodAt = likelihoodOf(encoding, data)
  return (x, gradient) => {
    const hyper = hyperparametersOf(x)
    const likelihood = likelihoodAt(hyper)
    for (let d = 0; d < dimensions; d++)
      gradient[d] = -likelihood.gradient[d]! - logDensitySlope(prior, x[d]!)
    gradient[dimensions] = -likelihood.gradient[dimensions]! - logDensitySlope(SIGNAL, x[dimensions]!)
    gradient[dimensions + 1] =
      -likelihood.gradient[dimensions + 1]! - logDensitySlope(NOISE, x[dimensions + 1]!)
    return -likelihood.value - logPrior(hyper)
  }
}

function minimisedFrom(start: Float64Array, loss: Smooth, evaluations: number): Float64Array {
  return minimise(loss, start, boundsOf(start.length - 2), {
    evaluations,
    tolerance: TOLERANCE,
    firstStep: 1,
  }).x
}

/** Each hyperparameter at the mode of its prior; signal and noise at the mean of their logarithms. */
function priorModes(dimensions: number): Float64Array {
  const start = new Float64Array(dimensions + 2).fill(logMode(lengthScalePrior(dimensions)))
  start[dimensions] = SIGNAL.mu
  start[dimensions + 1] = NOISE.mu
  return start
}

function boundsOf(dimensions: number): [Float64Array, Float64Array] {
  const low = new Float64Array(dimensions + 2).fill(BOUNDS.shortest)
  const high = new Float64Array(dimensions + 2).fill(BOUNDS.longest)
  ;[low[dimensions], high[dimensions]] = [BOUNDS.faint, BOUNDS.loud]
  ;[low[dimensions + 1], high[dimensions + 1]] = [Math.log(NOISE_FLOOR), 0]
  return [low, high]
}

function hyperparametersOf(x: Float64Array): Hyperparameters {
  return { lengthScales: x.slice(0, -2), signal: x.at(-2)!, noise: x.at(-1)! }
}

function vectorOf({ lengthScales, signal, noise }: Hyperparameters): Float64Array {
  return Float64Array.of(...lengthScales, signal, noise)
}

/** At most `most` observations: half of them the best, the others spread evenly over the run. */
function subsetOf(encoding: Encoding, data: Data, most: number): Data {
  const { count, rows, values, noiseVariances } = data
  if (count <= most) return data
  const columns = encoding.inputOf.length
  const ranked = [...values.keys()].slice(0, count).sort((a, b) => values[a]! - values[b]! || a - b)
  const chosen = new Set(ranked.slice(0, most >> 1))
  const rest = [...Array(count).keys()].filter((i) => !chosen.has(i))
  const wanted = most - chosen.size
  for (let k = 0; k < wanted; k++) chosen.add(rest[Math.floor(((k + 0.5) * rest.length) / wanted)]!)
  const kept = [...chosen].sort((a, b) => a - b)
  const part = new Float64Array(kept.length * columns)
  for (const [k, i] of kept.entries()) part.set(rows.subarray(i * columns, (i + 1) * columns), k * columns)
  return {
    count: kept.length,
    rows: part,
    values: Float64Array.from(kept, (i) => values[i]!),
    ...(noiseVariances && { noiseVariances: Float64Array.from(kept, (i) => noiseVariances[i]!) }),
  }
}
