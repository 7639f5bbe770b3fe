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
  /** log of the most that each kernel can be anywhere, by `SLACK` more for each continuous axis. */
  readonly peaks: Float64Array
  /** log of each kernel's mass inside the unit interval, and `SLACK`, over its continuous axes; NaN until asked for. */
  readonly excesses: Float64Array
  readonly factors: readonly Factor[]
  readonly room: Room
}

/** Of one evaluation: the kernels' logs, before and after a move along an axis, and which of them are near. */
interface Room {
  readonly logs: Float64Array
  readonly moved: Float64Array
  readonly alive: Int32Array
  /** 0 … size-1. */
  readonly all: Int32Array
}

/** The kernels of one axis, scaled so that none is above one. */
interface Factor {
  readonly d: number
  /** log of one kernel. */
  log(at: number, k: number): number
  /** Adds those of the first `count` that are alive; those that stay above the floor are moved to the front, and counted. */
  add(at: number, logs: Float64Array, alive: Int32Array, count: number, floor: number): number
}

const LOG_SQRT_2PI = 0.5 * Math.log(2 * Math.PI)
/** A kernel this far below another is lost in the rounding of their sum. */
const NEGLIGIBLE = -34
/** Φ of it is. */
const FAR = -8.5
/** With its centre inside, and no wider than the interval, a normal has at least Φ(1) − ½ of its mass there. */
const SLACK = -Math.log(normalCdf(1) - 0.5)

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
  const peaks = weights.map((weight) => Math.log(weight / total))
  const factors = axes.map((axis, d) => factorOf(axis, kernels, d, peaks))
  return {
    axes,
    observations: given.weights.length - 1,
    size,
    kernels,
    cumulative,
    peaks,
    excesses: new Float64Array(size + 1).fill(Number.NaN),
    // Normals first: they are cheap, and most kernels are far away on one of the first few axes.
    factors: [...factors].sort((a, b) => rank(axes[a.d]!) - rank(axes[b.d]!)),
    room: {
      logs: new Float64Array(size + 1),
      moved: new Float64Array(size),
      alive: new Int32Array(size),
      all: Int32Array.from({ length: size }, (_, k) => k),
    },
  }
}

function rank({ kind }: Axis): number {
  return kind === 'continuous' ? 0 : 1
}

/** log of the density at a point: a mass a level where an axis is discrete. */
export function logDensity(density: Parzen, at: Float64Array): number {
  const { prior, count } = gatherNear(density, density.factors, at)
  return logSum(density, prior, density.room.logs, count)
}

/** The same as a function of one coordinate, the others being those of the point, until the density is asked again. */
export function logDensityAlong(density: Parzen, at: Float64Array, d: number): (value: number) => number {
  const { size, factors, room } = density
  const { logs, moved, alive } = room
  const along = factors.find((factor) => factor.d === d)!
  const others = factors.filter((factor) => factor !== along)
  const { prior, count } = gatherNear(density, others, at)
  return (value) => {
    for (let i = 0; i < count; i++) moved[alive[i]!] = logs[alive[i]!]! + along.log(value, alive[i]!)
    return logSum(density, prior + along.log(value, size), moved, count)
  }
}

/**
 * Leaves in the room which kernels are near the point on these axes, and how large they are. The prior is nowhere
 * small: a kernel that has fallen far below it, on however few axes, is not looked at any further.
 */
function gatherNear(density: Parzen, factors: readonly Factor[], at: Float64Array) {
  const { size, peaks, room } = density
  let prior = peaks[size]! - excess(density, size)
  for (const factor of factors) prior += factor.log(at[factor.d]!, size)

  room.logs.set(peaks)
  room.alive.set(room.all)
  let count = size
  for (const factor of factors) {
    count = factor.add(at[factor.d]!, room.logs, room.alive, count, prior + NEGLIGIBLE)
  }
  return { prior, count }
}

/** Of the prior, and of the kernels that are alive. */
function logSum(density: Parzen, prior: number, logs: Float64Array, count: number): number {
  const { alive } = density.room
  const floor = prior + NEGLIGIBLE
  let sum = 1
  let highest = prior
  for (let i = 0; i < count; i++) {
    const k = alive[i]!
    if (logs[k]! < floor) continue
    const log = logs[k]! - excess(density, k)
    if (log <= highest) sum += Math.exp(log - highest)
    else {
      sum = sum * Math.exp(highest - log) + 1
      highest = log
    }
  }
  return highest + Math.log(sum)
}

function excess({ axes, kernels, excesses }: Parzen, k: number): number {
  if (Number.isNaN(excesses[k]!)) {
    let sum = 0
    for (let d = 0; d < axes.length; d++) {
      if (axes[d]!.kind !== 'continuous') continue
      sum += SLACK + Math.log(massInside(kernels.centres[d]![k]!, kernels.bandwidths[d]![k]!))
    }
    excesses[k] = sum
  }
  return excesses[k]!
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

function factorOf(axis: Axis, kernels: Kernels, d: number, peaks: Float64Array): Factor {
  const [centres, bandwidths] = [kernels.centres[d]!, kernels.bandwidths[d]!]
  if (axis.kind === 'categories') return shares(d, axis.levels, centres, kernels.leaks[d]!)
  if (axis.kind === 'cells') return cellMasses(d, axis, centres, bandwidths)
  return normals(d, centres, bandwidths, peaks)
}

function normals(d: number, centres: Float64Array, bandwidths: Float64Array, peaks: Float64Array): Factor {
  const precisions = new Float64Array(centres.length)
  let [width, log] = [1, 0]
  for (let k = 0; k < centres.length; k++) {
    if (bandwidths[k] !== width) {
      width = bandwidths[k]!
      log = Math.log(width)
    }
    precisions[k] = Math.SQRT1_2 / width
    peaks[k]! += SLACK - LOG_SQRT_2PI - log
  }
  return {
    d,
    log: (at, k) => -(((at - centres[k]!) * precisions[k]!) ** 2),
    add(at, logs, alive, count, floor) {
      let left = 0
      for (let i = 0; i < count; i++) {
        const k = alive[i]!
        const z = (at - centres[k]!) * precisions[k]!
        const log = logs[k]! - z * z
        logs[k] = log
        if (log > floor) alive[left++] = k
      }
      return left
    },
  }
}

function cellMasses(d: number, axis: Axis, centres: Float64Array, bandwidths: Float64Array): Factor {
  const { kindOf, firsts } = distinct(centres, bandwidths)
  const insides = firsts.map((k) => Math.log(massInside(centres[k]!, bandwidths[k]!)))
  return table(d, kindOf, firsts.length, (level, kind) => {
    const k = firsts[kind]!
    const [low, high] = [axis.low(level) - centres[k]!, axis.high(level) - centres[k]!]
    return logNormalCdfDifference(low / bandwidths[k]!, high / bandwidths[k]!) - insides[kind]!
  })
}

function shares(d: number, levels: number, centres: Float64Array, leak: number): Factor {
  const [own, other] = [1 + leak, leak].map((share) => Math.log(share / (1 + levels * leak)))
  return table(d, Int32Array.from(centres), levels + 1, (level, kind) => {
    if (kind === levels) return -Math.log(levels)
    return kind === level ? own! : other!
  })
}

/** What each kind of kernel gives to a level: kept, and not computed before it is asked for. */
function table(
  d: number,
  kindOf: Int32Array,
  kinds: number,
  logOf: (level: number, kind: number) => number,
): Factor {
  const rows = new Map<number, Float64Array>()
  const rowOf = (level: number) => {
    let row = rows.get(level)
    if (!row) {
      row = new Float64Array(kinds).fill(Number.NaN)
      rows.set(level, row)
    }
    return row
  }
  const look = (row: Float64Array, level: number, kind: number) => {
    if (Number.isNaN(row[kind]!)) row[kind] = logOf(level, kind)
    return row[kind]!
  }
  return {
    d,
    log: (at, k) => look(rowOf(at), at, kindOf[k]!),
    add(at, logs, alive, count, floor) {
      const row = rowOf(at)
      let left = 0
      for (let i = 0; i < count; i++) {
        const k = alive[i]!
        const log = logs[k]! + look(row, at, kindOf[k]!)
        logs[k] = log
        if (log > floor) alive[left++] = k
      }
      return left
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

// ── search ──

function firstAbove(cumulative: Float64Array, target: number): number {
  let [low, high] = [0, cumulative.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (cumulative[middle]! > target) high = middle
    else low = middle + 1
  }
  return low
}
