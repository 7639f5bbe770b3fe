/**
 * A Parzen estimator: a weighted mixture of product kernels over a few axes, one kernel an observation and a last one
 * for the prior. Numeric kernels are normals cut to the unit interval, integrated over the cell where an axis is
 * discrete; categorical ones give a share to every level (Aitchison & Aitken 1976).
 *
 * Bergstra et al. (2011), Algorithms for Hyper-Parameter Optimization, section 4.
 * Watanabe (2023), Tree-Structured Parzen Estimator, section 3.3.
 */
import { logNormalCdfDifference, normalCdf, normalQuantile } from '../math/normal.js'
import type { Rng } from '../rng.js'
import type { Axis } from './axis.js'

export interface Kernels {
  /** A column an axis, a row an observation: its level where the axis is discrete. */
  readonly points: readonly Float64Array[]
  /** The same, on the unit interval; empty for categories. */
  readonly centres: readonly Float64Array[]
  /** How wide each is, as a share of the range; empty for categories. */
  readonly bandwidths: readonly Float64Array[]
  /** Per axis, categories only: what every level gets beside the 1 of the kernel's own, before it is normalised. */
  readonly leaks: readonly number[]
  /** One an observation, then the prior's. They need not add up to one. */
  readonly weights: Float64Array
}

export interface Parzen {
  readonly axes: readonly Axis[]
  /** Of the observations; there is one kernel more. */
  readonly size: number
  readonly kernels: Kernels
  /** Sums of the weights up to and with each kernel. */
  readonly cumulative: Float64Array
  /** log of each weight, less the logs of its kernels' masses inside the unit interval. */
  readonly constants: Float64Array
  readonly factors: readonly Factor[]
}

/** Adds the log of every kernel of one axis at a value. */
type Factor = (at: number, logs: Float64Array) => void

const PRIOR_CENTRE = 0.5
const PRIOR_BANDWIDTH = 1
const SQRT_2PI = Math.sqrt(2 * Math.PI)
/** A kernel this far below the highest is lost in the rounding of the sum. */
const NEGLIGIBLE = -40

export function parzen(axes: readonly Axis[], kernels: Kernels): Parzen {
  const { weights } = kernels
  const size = weights.length - 1
  const cumulative = new Float64Array(size + 1)
  let total = 0
  for (let k = 0; k <= size; k++) {
    total += weights[k]!
    cumulative[k] = total
  }
  const constants = weights.map((weight) => Math.log(weight / total))
  const factors = axes.map((axis, d) => factorOf(axis, kernels, d, constants))
  return { axes, size, kernels, cumulative, constants, factors }
}

/** log of the density at a point: a mass a level where an axis is discrete. `logs` is room for the kernels. */
export function logDensity({ constants, factors }: Parzen, at: Float64Array, logs: Float64Array): number {
  logs.set(constants)
  for (let d = 0; d < factors.length; d++) factors[d]!(at[d]!, logs)
  return logSumExp(logs, constants.length)
}

/** A point drawn from the mixture. */
export function draw({ axes, size, kernels, cumulative }: Parzen, rng: Rng): Float64Array {
  const k = firstAbove(cumulative, rng.uniform() * cumulative[size]!)
  const prior = k === size
  return Float64Array.from(axes, (axis, d) => {
    if (axis.kind === 'categories') {
      const share = rng.uniform() * (1 + axis.levels * kernels.leaks[d]!)
      return !prior && share < 1 ? kernels.points[d]![k]! : rng.below(axis.levels)
    }
    const centre = prior ? PRIOR_CENTRE : kernels.centres[d]![k]!
    const bandwidth = prior ? PRIOR_BANDWIDTH : kernels.bandwidths[d]![k]!
    return axis.fromUnit(drawTruncated(rng, centre, bandwidth))
  })
}

// ── the factor of an axis ──

function factorOf(axis: Axis, kernels: Kernels, d: number, constants: Float64Array): Factor {
  if (axis.kind === 'categories') return shares(axis.levels, kernels.points[d]!, kernels.leaks[d]!)
  const centres = extended(kernels.centres[d]!, PRIOR_CENTRE)
  const bandwidths = extended(kernels.bandwidths[d]!, PRIOR_BANDWIDTH)
  if (axis.kind === 'continuous') return normals(centres, bandwidths, constants)
  return cellMasses(axis, centres, bandwidths, constants)
}

function normals(centres: Float64Array, bandwidths: Float64Array, constants: Float64Array): Factor {
  const size = centres.length
  const precisions = bandwidths.map((bandwidth) => Math.SQRT1_2 / bandwidth)
  for (let k = 0; k < size; k++) {
    const width = bandwidths[k]!
    constants[k]! -= Math.log(SQRT_2PI * width * massInside(centres[k]!, width))
  }
  return (at, logs) => {
    for (let k = 0; k < size; k++) {
      const z = (at - centres[k]!) * precisions[k]!
      logs[k]! -= z * z
    }
  }
}

/** Kernels alike in centre and width share their masses; those of a level are computed when it is first asked for. */
function cellMasses(
  axis: Axis,
  centres: Float64Array,
  bandwidths: Float64Array,
  constants: Float64Array,
): Factor {
  const { kindOf, kinds } = distinct(centres, bandwidths)
  const insides = kinds.map(({ centre, width }) => Math.log(massInside(centre, width)))
  for (let k = 0; k < kindOf.length; k++) constants[k]! -= insides[kindOf[k]!]!
  return table(kindOf, (level) => {
    const [low, high] = [axis.low(level), axis.high(level)]
    return Float64Array.from(kinds, ({ centre, width }) =>
      logNormalCdfDifference((low - centre) / width, (high - centre) / width),
    )
  })
}

function shares(levels: number, points: Float64Array, leak: number): Factor {
  const [own, other] = [1 + leak, leak].map((share) => Math.log(share / (1 + levels * leak)))
  return table(Int32Array.from(extended(points, levels)), (level) => {
    const row = new Float64Array(levels + 1).fill(other!)
    row[level] = own!
    row[levels] = -Math.log(levels)
    return row
  })
}

/** A row a level: what kernels of each kind give to it. */
function table(kindOf: Int32Array, rowOf: (level: number) => Float64Array): Factor {
  const rows = new Map<number, Float64Array>()
  return (at, logs) => {
    const row = rows.get(at) ?? rowOf(at)
    rows.set(at, row)
    for (let k = 0; k < kindOf.length; k++) logs[k]! += row[kindOf[k]!]!
  }
}

function distinct(centres: Float64Array, bandwidths: Float64Array) {
  const kindOf = new Int32Array(centres.length)
  const kinds: { centre: number; width: number }[] = []
  const latest = new Map<number, number>()
  for (let k = 0; k < centres.length; k++) {
    const [centre, width] = [centres[k]!, bandwidths[k]!]
    let kind = latest.get(centre)
    if (kind === undefined || kinds[kind]!.width !== width) {
      kind = kinds.push({ centre, width }) - 1
      latest.set(centre, kind)
    }
    kindOf[k] = kind
  }
  return { kindOf, kinds }
}

// ── a normal cut to the unit interval, its centre inside ──

function massInside(centre: number, width: number): number {
  return 1 - normalCdf(-centre / width) - normalCdf((centre - 1) / width)
}

/** By inversion: with the centre inside, no end lies so far out that the middle would lose its digits. */
function drawTruncated(rng: Rng, centre: number, width: number): number {
  const below = normalCdf(-centre / width)
  const above = normalCdf((centre - 1) / width)
  const unit = centre + width * normalQuantile(below + rng.uniform() * (1 - below - above))
  return unit < 0 ? 0 : unit > 1 ? 1 : unit
}

// ── arithmetic ──

function logSumExp(logs: Float64Array, size: number): number {
  let highest = -Infinity
  for (let k = 0; k < size; k++) if (logs[k]! > highest) highest = logs[k]!
  if (highest === -Infinity) return highest
  let sum = 0
  for (let k = 0; k < size; k++) {
    const below = logs[k]! - highest
    if (below > NEGLIGIBLE) sum += Math.exp(below)
  }
  return highest + Math.log(sum)
}

function extended(values: Float64Array, last: number): Float64Array {
  const longer = new Float64Array(values.length + 1)
  longer.set(values)
  longer[values.length] = last
  return longer
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
