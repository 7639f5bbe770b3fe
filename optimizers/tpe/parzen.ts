/**
 * A Parzen estimator: a weighted mixture of product kernels over the axes of a block, one kernel per observation and
 * a last one for the prior. Numeric kernels are normals cut to the unit interval, integrated over the cell where an
 * axis is discrete; categorical ones give a share to every level (Aitchison & Aitken 1976).
 *
 * Bergstra et al. (2011), Algorithms for Hyper-Parameter Optimization, section 4.
 * Watanabe (2023), Tree-Structured Parzen Estimator, section 3.3.
 */
import type { Rng } from '../rng.js'
import type { Axis } from './axis.js'
import { type Kernels, logsOfShares, merged } from './kernels.js'
import { type Product, productOf } from './product.js'
import { type Along, logProductAlong, logProductAt } from './product-density.js'
import { logSingleDensity, type Single, singleDensityOf } from './single.js'
import { drawTruncated } from './truncated.js'

export interface Parzen {
  readonly axes: readonly Axis[]
  readonly observations: number
  /** Kernels beside the prior's, which comes last. */
  readonly size: number
  readonly kernels: Kernels
  /** Sums of the weights up to each kernel, itself included. */
  readonly cumulative: Float64Array
  readonly density: { readonly one: Single } | { readonly all: Product }
}

export function parzenOf(axes: readonly Axis[], given: Kernels): Parzen {
  const kernels = axes.length === 1 && axes[0]!.kind !== 'continuous' ? merged(given) : given
  const { weights } = kernels
  const cumulative = cumulated(weights)
  const size = weights.length - 1
  const total = cumulative[size]!
  const density =
    axes.length === 1
      ? { one: singleDensityOf(axes[0]!, kernels, total) }
      : { all: productOf(axes, kernels, logsOfShares(weights, total)) }
  return { axes, observations: given.weights.length - 1, size, kernels, cumulative, density }
}

function cumulated(weights: Float64Array): Float64Array {
  const cumulative = new Float64Array(weights.length)
  let total = 0
  for (let k = 0; k < weights.length; k++) {
    total += weights[k]!
    cumulative[k] = total
  }
  return cumulative
}

/**
 * log of the density at a point; on a discrete axis the mass of a level. `prior` is the log density of the prior
 * there.
 */
export function logDensity({ density }: Parzen, at: Float64Array, prior: number): number {
  return 'one' in density ? logSingleDensity(density.one, at[0]!) : logProductAt(density.all, at, prior)
}

/** A lower bound of `logDensity` that costs nothing: the prior's part alone. */
export function leastLogDensity({ density }: Parzen, prior: number): number {
  return 'one' in density ? -Infinity : density.all.logPriorShare + prior
}

/** A closer lower bound: the part of the prior and of the youngest kernels. */
export function leastByYoungest(
  { density }: Parzen,
  at: Float64Array,
  prior: number,
  youngest: number,
): number {
  return 'one' in density ? -Infinity : logProductAt(density.all, at, prior, youngest)
}

/** `logDensity` as a function of coordinate d. The others are those of `at`; `rest` is the log prior on them. */
export function logDensityAlong({ density }: Parzen, at: Float64Array, d: number, rest: number): Along {
  return 'one' in density
    ? (value) => logSingleDensity(density.one, value)
    : logProductAlong(density.all, at, d, rest)
}

/** A point drawn from the mixture. */
export function drawPoint(density: Parzen, rng: Rng): Float64Array {
  const k = drawKernel(density, rng)
  const at = new Float64Array(density.axes.length)
  for (let d = 0; d < at.length; d++) at[d] = drawFrom(density, k, d, rng)
  return at
}

/** A draw of one coordinate alone. */
export function drawCoordinate(density: Parzen, d: number, rng: Rng): number {
  return drawFrom(density, drawKernel(density, rng), d, rng)
}

function drawKernel({ cumulative, size }: Parzen, rng: Rng): number {
  return firstAbove(cumulative, rng.uniform() * cumulative[size]!)
}

function drawFrom({ axes, kernels }: Parzen, k: number, d: number, rng: Rng): number {
  const axis = axes[d]!
  const centre = kernels.centres[d]![k]!
  if (axis.kind !== 'categories') {
    return axis.fromUnit(drawTruncated(rng, centre, kernels.bandwidths[d]![k]!))
  }
  const share = rng.uniform() * (1 + axis.levels * kernels.leaks[d]!)
  return centre < axis.levels && share < 1 ? centre : rng.below(axis.levels)
}

function firstAbove(cumulative: Float64Array, target: number): number {
  let [low, high] = [0, cumulative.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (cumulative[middle]! > target) high = middle
    else low = middle + 1
  }
  return low
}
