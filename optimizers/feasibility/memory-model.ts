/**
 * Peak memory, learned while a study runs: its logarithm is linear in the features of the configuration.
 *
 *   log GiB = b + w·φ        fails where  log GiB > log limit = b + h        θ = (b, h, w)
 *
 * A measured peak is an observation of log GiB. A trial that ran out of memory says only that it needed more than the
 * limit. Where the limit is not known, every success says that it is higher, and b + h is learned.
 */
import type { Params, Space } from '../../search-spaces/types.js'
import type { Json } from '../contract.js'
import { normalCdf } from '../math/normal.js'
import { coordinatesAt, expand, type Features, featuresOf } from './features.js'
import { hull } from './hull.js'
import { type Belief, independent, observeSign, observeValue, predict } from './regression.js'

export interface MemoryModel {
  readonly features: Features
  /** Undefined where the limit is learned. */
  readonly limitGb: number | undefined
  readonly belief: Belief
  /** How many trials measured their peak memory, and how many ran out of memory. */
  readonly peaks: number
  readonly failures: number
}

export interface MemoryTrial {
  readonly params: Params
  readonly outOfMemory: boolean
  readonly peakGb?: number
}

export interface Forecast {
  readonly expectedGb?: number
  readonly limitGb?: number
  readonly failureChance: number
}

/** The prior of b: 16 GiB, with a standard deviation of a factor of 20. */
const LEVEL = { mean: Math.log(16), sd: 3 }
/** The prior of h: in the middle of a space people choose, a third of the memory is needed, up to a factor of two. */
const HEADROOM = { mean: 1.1, sd: 0.7 }
/** The prior of the residual: a tenth, with the weight of five observations, and never less than a twentieth. */
const NOISE = { sd: 0.1, weight: 5, floor: 0.05 ** 2 }

export function openMemoryModel(space: Space, limitGb: number | undefined): MemoryModel {
  const features = featuresOf(space)
  const mean = [LEVEL.mean, HEADROOM.mean, ...features.means]
  const variances = [LEVEL.sd ** 2, HEADROOM.sd ** 2, ...features.variances]
  const belief = independent(mean, variances, NOISE.sd ** 2, NOISE.weight)
  return { features, limitGb, belief, peaks: 0, failures: 0 }
}

export function learnMemory(model: MemoryModel, { params, outOfMemory, peakGb }: MemoryTrial): MemoryModel {
  const phi = expand(model.features, coordinatesAt(model.features, params))
  if (outOfMemory) {
    return { ...model, belief: observeSign(model.belief, excess(phi), 1), failures: model.failures + 1 }
  }
  if (peakGb === undefined) return { ...model, belief: observeSign(model.belief, excess(phi), -1) }
  const belief =
    model.limitGb === undefined
      ? observeSign(observeValue(model.belief, level(phi), Math.log(peakGb), NOISE.floor), excess(phi), -1)
      : observeValue(model.belief, excess(phi), Math.log(peakGb / model.limitGb), NOISE.floor)
  return { ...model, belief, peaks: model.peaks + 1 }
}

/** Undefined before the first trial that ran out of memory and the first measured peak beside a known limit. */
export function forecast(model: MemoryModel, params: Params): Forecast | undefined {
  const { features, belief, limitGb, failures, peaks } = model
  if (failures === 0 && (limitGb === undefined || peaks === 0)) return undefined
  const phi = expand(
    features,
    hull(features, belief.mean.subarray(2), risers(model), coordinatesAt(features, params)),
  )
  const { mean, variance } = predict(belief, excess(phi))
  const failureChance = normalCdf(mean / Math.sqrt(variance + belief.noise))
  const limit = limitGb ?? (peaks > 0 ? Math.exp(belief.mean[0]! + belief.mean[1]!) : undefined)
  if (limit === undefined) return { failureChance }
  return { expectedGb: limit * Math.exp(mean), limitGb: limit, failureChance }
}

/** Log memory, as a combination of θ. */
function level(phi: readonly number[]): Float64Array {
  return Float64Array.of(1, 0, ...phi)
}

/** Log memory over the limit, as a combination of θ. */
function excess(phi: readonly number[]): Float64Array {
  return Float64Array.of(0, -1, ...phi)
}

/** The sign of each coordinate's effect where the data determine it (by two standard deviations), else 0. */
function risers({ features, belief }: MemoryModel): number[] {
  const p = belief.mean.length
  return features.coordinates.map((_, i) => {
    const k = i + 2
    const weight = belief.mean[k]!
    const sd = Math.sqrt(Math.max(0, belief.covariance[k * p + k]!))
    return Math.abs(weight) > 2 * sd ? Math.sign(weight) : 0
  })
}

// ── what it has learned, for people ──

export interface MemoryDescription {
  readonly peaks: number
  readonly outOfMemory: number
  /** The error of the expected peak, as a share of it. */
  readonly typicalError: number
  /**
   * By what factor memory changes from a parameter's low end to its high end: sure effects over a tenth, largest
   * first.
   */
  readonly drivers: readonly { readonly parameter: string; readonly factor: number }[]
}

export function describeMemory(model: MemoryModel): MemoryDescription {
  const { features, belief, peaks, failures } = model
  const signs = risers(model)
  const effect = ({ factor }: { factor: number }) => Math.abs(Math.log(factor))
  const drivers = features.coordinates
    .map(({ parameter }, i) => ({ parameter, factor: Math.exp(2 * belief.mean[i + 2]!) }))
    .filter((driver, i) => features.coordinates[i]!.ordered && signs[i] !== 0 && effect(driver) > 0.1)
  return {
    peaks,
    outOfMemory: failures,
    typicalError: Math.sqrt(belief.noise),
    drivers: drivers.sort((a, b) => effect(b) - effect(a)),
  }
}

// ── its state as JSON ──

interface Stored {
  readonly peaks: number
  readonly failures: number
  readonly noise: number
  readonly weight: number
  readonly mean: readonly number[]
  /** The lower triangle, row by row. */
  readonly covariance: readonly number[]
}

export function snapshotMemory({ belief, peaks, failures }: MemoryModel): Json {
  const p = belief.mean.length
  const covariance: number[] = []
  for (let i = 0; i < p; i++) covariance.push(...belief.covariance.subarray(i * p, i * p + i + 1))
  const { noise, weight, mean } = belief
  return { peaks, failures, noise, weight, mean: [...mean], covariance }
}

export function restoreMemory(opened: MemoryModel, snapshot: Json): MemoryModel {
  const { peaks, failures, noise, weight, mean, covariance: lower } = snapshot as unknown as Stored
  const p = mean.length
  const covariance = new Float64Array(p * p)
  for (let i = 0, k = 0; i < p; i++) {
    for (let j = 0; j <= i; j++, k++) covariance[i * p + j] = covariance[j * p + i] = lower[k]!
  }
  return { ...opened, peaks, failures, belief: { mean: Float64Array.from(mean), covariance, noise, weight } }
}
