/**
 * The fit of the hyperparameters: those with the highest posterior density (MAP).
 *
 * A fit starts from the one to the first two thirds of the observations (`model.ts`), which is near. So a few
 * likelihoods of all rows suffice, and the result is a function of the observations alone.
 */
import { minimise, type Smooth } from '../math/lbfgs.js'
import type { Encoding } from '../surrogate/encoding.js'
import type { Hyperparameters } from './kernel.js'
import { type Data, likelihoodOf, logLikelihoodOf, type PosteriorAmong } from './likelihood.js'
import {
  lengthScalePriors,
  logDensity,
  logDensitySlope,
  logMode,
  logPrior,
  NOISE,
  NOISE_FLOOR,
  SIGNAL,
  WEIGHT,
} from './priors.js'

/** A fit uses at most so many observations. A third of 300 left out cost a fit tens of units of log likelihood. */
export const MOST_OBSERVATIONS = { value: 300, failure: 150 }

/** Likelihoods that a fit may compute: without a start, from an earlier fit, and from one with more than FEW rows. */
const EVALUATIONS = { first: 30, further: 16, costly: 6 }
const FEW = 200
/** A smaller gain in log posterior ends a fit. */
const TOLERANCE = 0.01
/** Of the logarithms of length scales, signal and weights. */
const BOUNDS = {
  shortest: Math.log(0.01),
  longest: Math.log(1e3),
  faint: Math.log(1e-3),
  loud: Math.log(1e3),
  weightless: Math.log(1e-4),
  heavy: Math.log(30),
}

/** Fits to at most `most` of the observations, from an earlier fit where one is given. */
export function fitHyperparameters(
  encoding: Encoding,
  data: Data,
  most: number,
  before?: Hyperparameters,
): Hyperparameters {
  const start = before ? vectorOf(before) : priorModes(encoding.inputs, studiesIn(data), data.theirLengths)
  const part = subsetOf(encoding, data, most)
  const further = part.count > FEW ? EVALUATIONS.costly : EVALUATIONS.further
  const evaluations = before ? further : EVALUATIONS.first
  const settings = { evaluations, tolerance: TOLERANCE, firstStep: 1 }
  const bounds = boundsOf(encoding.inputs, studiesIn(data))
  return hyperparametersOf(encoding, minimise(lossOf(encoding, part), start, bounds, settings).x)
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
  const bounds = boundsOf(encoding.inputs, studiesIn(data))
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
export function defaultHyperparameters(
  encoding: Encoding,
  studies = 0,
  theirLengths?: Float64Array,
): Hyperparameters {
  return hyperparametersOf(encoding, priorModes(encoding.inputs, studies, theirLengths))
}

/** −log of the posterior density of hyperparameters, up to a constant: what a fit minimises. */
export function negativeLogPosterior(
  encoding: Encoding,
  data: Data,
  most: number,
): (hyper: Hyperparameters) => number {
  const likelihoodAt = logLikelihoodOf(encoding, subsetOf(encoding, data, most))
  return (hyper) => -likelihoodAt(hyper) - logPrior(hyper, data.theirLengths)
}

/** The negative log posterior, with its gradient. */
function lossOf(encoding: Encoding, data: Data): Smooth {
  const dimensions = encoding.inputs
  const priors = lengthScalePriors(dimensions, data.theirLengths)
  const likelihoodAt = likelihoodOf(encoding, data)
  return (x, gradient) => {
    const hyper = hyperparametersOf(encoding, x)
    const likelihood = likelihoodAt(hyper)
    for (let d = 0; d < dimensions; d++)
      gradient[d] = -likelihood.gradient[d]! - logDensitySlope(priors[d]!, x[d]!)
    const last = x.length - 1
    for (let j = dimensions; j < last - 1; j++)
      gradient[j] = -likelihood.gradient[j]! - logDensitySlope(WEIGHT, x[j]!)
    gradient[last - 1] = -likelihood.gradient[last - 1]! - logDensitySlope(SIGNAL, x[last - 1]!)
    gradient[last] = -likelihood.gradient[last]! - logDensitySlope(NOISE, x[last]!)
    return -likelihood.value - logPrior(hyper, data.theirLengths)
  }
}

/** Each hyperparameter at the mode of its prior; signal and noise at the mean of their logarithms. */
function priorModes(dimensions: number, studies: number, theirLengths?: Float64Array): Float64Array {
  const lengths = lengthScalePriors(dimensions, theirLengths).map(logMode)
  const weights = new Float64Array(studies).fill(logMode(WEIGHT))
  return Float64Array.of(...lengths, ...weights, SIGNAL.mu, NOISE.mu)
}

function boundsOf(dimensions: number, studies: number): [Float64Array, Float64Array] {
  const bounds = (ofLengths: number, ofWeights: number, signal: number, noise: number) =>
    Float64Array.of(
      ...new Float64Array(dimensions).fill(ofLengths),
      ...new Float64Array(studies).fill(ofWeights),
      signal,
      noise,
    )
  const { shortest, longest, weightless, heavy, faint, loud } = BOUNDS
  return [bounds(shortest, weightless, faint, Math.log(NOISE_FLOOR)), bounds(longest, heavy, loud, 0)]
}

/** In this order: length scales, weights of earlier studies, signal, noise. */
function hyperparametersOf({ inputs }: Encoding, x: Float64Array): Hyperparameters {
  const weights = x.slice(inputs, -2)
  return {
    lengthScales: x.slice(0, inputs),
    ...(weights.length > 0 && { weights }),
    signal: x.at(-2)!,
    noise: x.at(-1)!,
  }
}

function vectorOf({ lengthScales, weights, signal, noise }: Hyperparameters): Float64Array {
  return Float64Array.of(...lengthScales, ...(weights ?? []), signal, noise)
}

function studiesIn({ earlier = [] }: Data): number {
  return earlier.length
}

/** At most `most` observations: half of them the best, the others spread evenly over the run. */
function subsetOf(encoding: Encoding, data: Data, most: number): Data {
  const { count, rows, values, noiseVariances, earlier, theirLengths } = data
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
    ...(theirLengths && { theirLengths }),
    ...(earlier && { earlier: earlier.map((posterior) => posteriorAmongKept(posterior, kept)) }),
  }
}

function posteriorAmongKept(
  { means, variances, pairs }: PosteriorAmong,
  kept: readonly number[],
): PosteriorAmong {
  return {
    means: Float64Array.from(kept, (i) => means[i]!),
    variances: Float64Array.from(kept, (i) => variances[i]!),
    pairs: Float64Array.from(
      kept.flatMap((i, k) => kept.slice(0, k).map((j) => pairs[(i * (i - 1)) / 2 + j]!)),
    ),
  }
}
