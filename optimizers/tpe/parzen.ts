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

/** Columns an axis, rows a kernel: one an observation, and the prior's last. */
export interface Kernels {
  /** On the unit interval; of categories the level, which for the prior is none of them. */
  readonly centres: readonly Float64Array[]
  /** Shares of the range; empty for categories. */
  readonly bandwidths: readonly Float64Array[]
  /** Categories only: what every level gets beside the 1 of the kernel's own, before it is normalised. */
  readonly leaks: readonly number[]
  /** They need not add up to one. */
  readonly weights: Float64Array
}

/** Half way, and as wide as the range: nearly even. */
export const PRIOR = { centre: 0.5, bandwidth: 1 }

export interface Parzen {
  readonly axes: readonly Axis[]
  readonly observations: number
  /** Kernels beside the prior's, which comes last. */
  readonly size: number
  readonly kernels: Kernels
  /** Sums of the weights up to and with each kernel. */
  readonly cumulative: Float64Array
  /** log of each weight, less the logs of its kernels' masses inside the unit interval. */
  readonly constants: Float64Array
  readonly factors: readonly Factor[]
}

/** The logs of all kernels of one axis: added where a value is set, exchanged where it changes. */
interface Factor {
  add(at: number, logs: Float64Array): void
  move(from: number, to: number, logs: Float64Array, moved: Float64Array): void
}

const SQRT_2PI = Math.sqrt(2 * Math.PI)
/** A kernel this far below the highest is lost in the rounding of the sum. */
const NEGLIGIBLE = -37
/** Φ of it is. */
const FAR = -8.5

export function parzen(axes: readonly Axis[], given: Kernels): Parzen {
  const kernels = axes.length === 1 && axes[0]!.kind !== 'continuous' ? merged(given) : given
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
  return { axes, observations: given.weights.length - 1, size, kernels, cumulative, constants, factors }
}

/** log of the density at a point: a mass a level where an axis is discrete. `logs` is left with those of the kernels. */
export function logDensity({ constants, factors }: Parzen, at: Float64Array, logs: Float64Array): number {
  logs.set(constants)
  for (let d = 0; d < factors.length; d++) factors[d]!.add(at[d]!, logs)
  return logSumExp(logs, constants.length)
}

/** The same after a move along one axis, from what the kernels were before it; `moved` is left with what they are. */
export function logDensityMoved(
  { constants, factors }: Parzen,
  d: number,
  from: number,
  to: number,
  logs: Float64Array,
  moved: Float64Array,
): number {
  factors[d]!.move(from, to, logs, moved)
  return logSumExp(moved, constants.length)
}

/** A point drawn from the mixture. */
export function draw(density: Parzen, rng: Rng): Float64Array {
  const k = drawKernel(density, rng)
  return Float64Array.from(density.axes, (_, d) => drawFrom(density, k, d, rng))
}

/** Its value on one axis alone. */
export function drawAlong(density: Parzen, d: number, rng: Rng): number {
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

/** On a single discrete axis many kernels are alike: one of each is enough, with the weight of all. */
function merged({ centres, bandwidths, leaks, weights }: Kernels): Kernels {
  const { kindOf, firsts } = distinct(centres[0]!, bandwidths[0]!)
  const sums = new Float64Array(firsts.length)
  for (let k = 0; k < kindOf.length; k++) sums[kindOf[k]!]! += weights[k]!
  const firstOf = (column: Float64Array) =>
    Float64Array.from(column.length > 0 ? firsts : [], (k) => column[k]!)
  return { centres: centres.map(firstOf), bandwidths: bandwidths.map(firstOf), leaks, weights: sums }
}

// ── the factor of an axis ──

function factorOf(axis: Axis, kernels: Kernels, d: number, constants: Float64Array): Factor {
  const [centres, bandwidths] = [kernels.centres[d]!, kernels.bandwidths[d]!]
  if (axis.kind === 'categories') return shares(axis.levels, centres, kernels.leaks[d]!)
  if (axis.kind === 'cells') return cellMasses(axis, centres, bandwidths, constants)
  return normals(centres, bandwidths, constants)
}

function normals(centres: Float64Array, bandwidths: Float64Array, constants: Float64Array): Factor {
  const size = centres.length
  const precisions = new Float64Array(size)
  for (let k = 0; k < size; k++) {
    const width = bandwidths[k]!
    precisions[k] = Math.SQRT1_2 / width
    constants[k]! -= Math.log(SQRT_2PI * width * massInside(centres[k]!, width))
  }
  return {
    add(at, logs) {
      for (let k = 0; k < size; k++) {
        const z = (at - centres[k]!) * precisions[k]!
        logs[k]! -= z * z
      }
    },
    move(from, to, logs, moved) {
      for (let k = 0; k < size; k++) {
        const [old, now] = [(from - centres[k]!) * precisions[k]!, (to - centres[k]!) * precisions[k]!]
        moved[k] = logs[k]! + (old - now) * (old + now)
      }
    },
  }
}

function cellMasses(
  axis: Axis,
  centres: Float64Array,
  bandwidths: Float64Array,
  constants: Float64Array,
): Factor {
  const { kindOf, firsts } = distinct(centres, bandwidths)
  const insides = firsts.map((k) => Math.log(massInside(centres[k]!, bandwidths[k]!)))
  for (let k = 0; k < kindOf.length; k++) constants[k]! -= insides[kindOf[k]!]!
  return table(kindOf, (level) => {
    const [low, high] = [axis.low(level), axis.high(level)]
    return Float64Array.from(firsts, (k) =>
      logNormalCdfDifference((low - centres[k]!) / bandwidths[k]!, (high - centres[k]!) / bandwidths[k]!),
    )
  })
}

function shares(levels: number, centres: Float64Array, leak: number): Factor {
  const [own, other] = [1 + leak, leak].map((share) => Math.log(share / (1 + levels * leak)))
  return table(Int32Array.from(centres), (level) => {
    const row = new Float64Array(levels + 1).fill(other!)
    row[level] = own!
    row[levels] = -Math.log(levels)
    return row
  })
}

/** A row a level: what each kind of kernel gives to it. A row is made when its level is first asked for. */
function table(kindOf: Int32Array, makeRow: (level: number) => Float64Array): Factor {
  const rows = new Map<number, Float64Array>()
  const rowOf = (level: number) => {
    const row = rows.get(level) ?? makeRow(level)
    rows.set(level, row)
    return row
  }
  return {
    add(at, logs) {
      const row = rowOf(at)
      for (let k = 0; k < kindOf.length; k++) logs[k]! += row[kindOf[k]!]!
    },
    move(from, to, logs, moved) {
      const [old, now] = [rowOf(from), rowOf(to)]
      for (let k = 0; k < kindOf.length; k++) moved[k] = logs[k]! - old[kindOf[k]!]! + now[kindOf[k]!]!
    },
  }
}

/** Kernels alike in both are of one kind; `firsts` has the first of each kind. */
function distinct(centres: Float64Array, bandwidths: Float64Array): { kindOf: Int32Array; firsts: number[] } {
  const kindOf = new Int32Array(centres.length)
  const firsts: number[] = []
  const latest = new Map<number, number>()
  for (let k = 0; k < centres.length; k++) {
    let kind = latest.get(centres[k]!)
    if (kind === undefined || bandwidths[firsts[kind]!] !== bandwidths[k]) {
      kind = firsts.push(k) - 1
      latest.set(centres[k]!, kind)
    }
    kindOf[k] = kind
  }
  return { kindOf, firsts }
}

// ── a normal cut to the unit interval, its centre inside ──

function massInside(centre: number, width: number): number {
  return 1 - lowerTail(-centre / width) - lowerTail((centre - 1) / width)
}

function lowerTail(x: number): number {
  return x < FAR ? 0 : normalCdf(x)
}

/** By inversion: with the centre inside, no end lies so far out that the middle would lose its digits. */
function drawTruncated(rng: Rng, centre: number, width: number): number {
  const below = lowerTail(-centre / width)
  const above = lowerTail((centre - 1) / width)
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

function firstAbove(cumulative: Float64Array, target: number): number {
  let [low, high] = [0, cumulative.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (cumulative[middle]! > target) high = middle
    else low = middle + 1
  }
  return low
}
