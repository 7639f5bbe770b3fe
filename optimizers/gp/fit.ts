/**
 * The hyperparameters that the data and the priors together make most likely (MAP).
 *
 * A fit begins where the one to the first two thirds of the observations ended (`model.ts`), which is near: so a few
 * likelihoods of all rows do, and what is found is a function of the observations alone.
 */
import type { Encoding } from './encoding.js'
import type { Hyperparameters } from './kernel.js'
import { minimise, type Smooth } from './lbfgs.js'
import { type Data, likelihoodOf, logLikelihoodOf } from './likelihood.js'
import { lengthPrior, logPrior, mode, NOISE, NOISE_FLOOR, SIGNAL, slope } from './priors.js'

/** Likelihoods that are computed: from nowhere, and from a fit to fewer observations, of rows few enough and of more. */
const EVALUATIONS = { first: 30, further: 16, costly: 6 }
const FEW = 200
/** A gain in likelihood that tells nothing. */
const TOLERANCE = 0.01
const BOUNDS = {
  shortest: Math.log(0.01),
  longest: Math.log(1e3),
  faint: Math.log(1e-3),
  loud: Math.log(1e3),
}

/** Where there are more than `most` observations, some stand for all. */
export function mostLikely(
  encoding: Encoding,
  data: Data,
  most: number,
  before?: Hyperparameters,
): Hyperparameters {
  const start = before ? written(before) : startAt(encoding.lengths)
  const part = partOf(encoding, data, most)
  const further = part.count > FEW ? EVALUATIONS.costly : EVALUATIONS.further
  return read(climb(lossOf(encoding, part), start, before ? further : EVALUATIONS.first))
}

/** What is taken where there is nothing to fit to. */
export function guess(encoding: Encoding): Hyperparameters {
  return read(startAt(encoding.lengths))
}

/** How badly hyperparameters fit: what `mostLikely` makes as small as it can. */
export function misfitOf(encoding: Encoding, data: Data, most: number): (hyper: Hyperparameters) => number {
  const likelihoodAt = logLikelihoodOf(encoding, partOf(encoding, data, most))
  return (hyper) => -likelihoodAt(hyper) - logPrior(hyper)
}

/** What is least where prior and likelihood together are largest. */
function lossOf(encoding: Encoding, data: Data): Smooth {
  const dimensions = encoding.lengths
  const prior = lengthPrior(dimensions)
  const likelihoodAt = likelihoodOf(encoding, data)
  return (x, slopes) => {
    const hyper = read(x)
    const likelihood = likelihoodAt(hyper)
    for (let d = 0; d < dimensions; d++) slopes[d] = -likelihood.slopes[d]! - slope(prior, x[d]!)
    slopes[dimensions] = -likelihood.slopes[dimensions]! - slope(SIGNAL, x[dimensions]!)
    slopes[dimensions + 1] = -likelihood.slopes[dimensions + 1]! - slope(NOISE, x[dimensions + 1]!)
    return -likelihood.value - logPrior(hyper)
  }
}

function climb(loss: Smooth, start: Float64Array, evaluations: number): Float64Array {
  return minimise(loss, start, boundsOf(start.length - 2), {
    evaluations,
    tolerance: TOLERANCE,
    firstStep: 1,
  }).x
}

/** Each at the mode of its prior. */
function startAt(dimensions: number): Float64Array {
  const start = new Float64Array(dimensions + 2).fill(mode(lengthPrior(dimensions)))
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

function read(x: Float64Array): Hyperparameters {
  return { lengths: x.slice(0, -2), signal: x.at(-2)!, noise: x.at(-1)! }
}

function written({ lengths, signal, noise }: Hyperparameters): Float64Array {
  return Float64Array.of(...lengths, signal, noise)
}

/** Half of them the best, the others spread evenly over the time. */
function partOf(encoding: Encoding, data: Data, most: number): Data {
  const { count, rows, values, doubts } = data
  if (count <= most) return data
  const columns = encoding.scales.length
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
    ...(doubts && { doubts: Float64Array.from(kept, (i) => doubts[i]!) }),
  }
}
