/**
 * A simulated H200: what training one configuration of autoresearch-14 for 300 s would report, learned from
 * thousands of trials measured on the card. Pure: the same configuration and seed give the same run.
 */
import { accumulation, type Configuration, readConfiguration } from './configuration.js'
import { type CurvePoint, curve } from './curve.js'
import { LandscapeError } from './errors.js'
import { type Architecture, architecture, featureNames, features } from './features.js'
import { compile, type Ensemble, predict } from './network.js'
import { channel, normal } from './noise.js'
import { readWeights, type WeightsFile } from './weights.js'
import builtIn from './weights.json' with { type: 'json' }

export type { CurvePoint } from './curve.js'
export { LandscapeError, type LandscapeErrorCode } from './errors.js'

export interface Landscape {
  readonly weights: WeightsFile
  readonly throughput: Ensemble
  readonly value: Ensemble
}

export interface RunOptions {
  /** A whole number; equal seeds give equal noise. */
  readonly seed: number
  /** Of the card: 76 where none is named, the cap of the recorded trials. */
  readonly memoryLimitGb?: number
}

/** A failure charges the time its process lived, a success its training time. */
export type Run =
  | {
      readonly outcome: 'complete'
      readonly valBpb: number
      readonly trainSeconds: number
      readonly totalSeconds: number
      readonly peakMemoryMb: number
      readonly tokensPerSecond: number
      readonly numSteps: number
      readonly curve: readonly CurvePoint[]
    }
  | {
      readonly outcome: 'oom' | 'invalid'
      readonly message: string
      readonly trainSeconds: number
      readonly totalSeconds: number
      /** What the process held when it died. */
      readonly peakMemoryMb: number
    }

export type Params = Readonly<Record<string, unknown>>

const tokensEvaluated = 40 * 524288

/** Throws a LandscapeError where the weights are of another version, or are not weights. */
export function readLandscape(json: unknown): Landscape {
  const weights = readWeights(json)
  if (weights.features.join() !== featureNames.join()) {
    throw new LandscapeError(
      'invalid_weights',
      'features',
      `are not those of this evaluator: ${featureNames}`,
    )
  }
  return { weights, throughput: compile(weights.throughput), value: compile(weights.value) }
}

let shared: Landscape | undefined

/** The landscape that comes with the package, fitted to the recorded trials. */
export function landscape(): Landscape {
  shared ??= readLandscape(builtIn)
  return shared
}

/** One training run. Throws a LandscapeError that names the parameter where the configuration is outside the space. */
export function evaluate(landscape: Landscape, params: Params, options: RunOptions): Run {
  const { weights } = landscape
  const c = readConfiguration(weights.space, params)
  const { seed, limitGb } = readOptions(weights, options)
  if (!Number.isInteger(accumulation(c))) return assertionFailure(weights, c)
  const a = architecture(c)
  const memory = memoryGb(weights, c, a)
  if (memory + weights.memory.reserveGb > limitGb) return outOfMemory(weights, c, memory, limitGb, seed)
  const speed = weights.noise.speed * normal(seed, channel.speed)
  const model = inputs(landscape, c, a, speed)
  const valBpb = valBpbOf(landscape, model, normal(seed, channel.value))
  const numSteps = Math.round(model.steps)
  const { seconds } = weights.steps
  return {
    outcome: 'complete',
    valBpb,
    trainSeconds: seconds,
    totalSeconds: seconds + setupSeconds(weights, c, model.tokensPerSecond, seed),
    peakMemoryMb: 1024 * memory,
    tokensPerSecond: model.tokensPerSecond,
    numSteps,
    curve: curve(c, { valBpb, numSteps, seconds, seed }),
  }
}

/** The noise-free val_bpb on a card with memory enough: what regret is measured against. */
export function truth(landscape: Landscape, params: Params): number {
  const c = readConfiguration(landscape.weights.space, params)
  if (!Number.isInteger(accumulation(c))) {
    throw new LandscapeError('invalid_parameter', 'TOTAL_BATCH_SIZE', indivisible(c))
  }
  return valBpbOf(landscape, inputs(landscape, c, architecture(c), 0), 0)
}

function readOptions(weights: WeightsFile, options: RunOptions): { seed: number; limitGb: number } {
  const { seed, memoryLimitGb: limitGb = weights.memory.limitGb } = options
  if (!Number.isSafeInteger(seed)) {
    throw new LandscapeError('invalid_option', 'seed', `is ${seed}: expected a whole number`)
  }
  if (!(limitGb > 0)) {
    throw new LandscapeError('invalid_option', 'memoryLimitGb', `is ${limitGb}: expected a positive number`)
  }
  return { seed, limitGb }
}

/** The trainer asserts that micro-batches fill the batch before it touches the card. */
function assertionFailure(weights: WeightsFile, c: Configuration): Run {
  const seconds = weights.failure.assertionSeconds
  const message = `AssertionError: TOTAL_BATCH_SIZE ${indivisible(c)}`
  return { outcome: 'invalid', message, trainSeconds: seconds, totalSeconds: seconds, peakMemoryMb: 0 }
}

function indivisible(c: Configuration): string {
  return `is ${c.TOTAL_BATCH_SIZE}: expected a multiple of DEVICE_BATCH_SIZE × 2048 = ${c.DEVICE_BATCH_SIZE * 2048}`
}

function outOfMemory(
  weights: WeightsFile,
  c: Configuration,
  memory: number,
  limitGb: number,
  seed: number,
): Run {
  const { intercept, perLayer, sd } = weights.failure
  const seconds = Math.exp(intercept + perLayer * c.DEPTH + sd * normal(seed, channel.failure))
  return {
    outcome: 'oom',
    message: `CUDA out of memory: training needs ${memory.toFixed(1)} GB, the limit is ${limitGb} GB`,
    trainSeconds: seconds,
    totalSeconds: seconds,
    peakMemoryMb: 1024 * Math.min(memory, limitGb),
  }
}

function memoryGb(weights: WeightsFile, c: Configuration, { dim, heads, params }: Architecture): number {
  const k = weights.memory.coefficients
  const layers = c.DEVICE_BATCH_SIZE * c.DEPTH
  const millions = params / 1e6
  return (
    k.one +
    k.batch * c.DEVICE_BATCH_SIZE +
    (k.batchDepthWidth * layers * dim) / 1000 +
    (k.batchWidth * c.DEVICE_BATCH_SIZE * dim) / 1000 +
    (k.batchDepthHeads * layers * heads) / 1000 +
    k.params * millions +
    (accumulation(c) === 1 ? k.paramsUnaccumulated * millions : 0)
  )
}

interface Inputs {
  readonly tokensPerSecond: number
  readonly steps: number
  readonly values: Float64Array
}

const scratch = new Float64Array(featureNames.length + 2)
const scratchFeatures = scratch.subarray(0, featureNames.length)

/** What the networks read: the features, then the steps and tokens that 300 s buy at this speed. */
function inputs(landscape: Landscape, c: Configuration, a: Architecture, speed: number): Inputs {
  const { seconds, uncounted } = landscape.weights.steps
  features(c, a, scratchFeatures)
  const tokensPerSecond = Math.exp(predict(landscape.throughput, scratchFeatures) + speed)
  const steps = uncounted + (seconds * tokensPerSecond) / c.TOTAL_BATCH_SIZE
  scratch[featureNames.length] = Math.log(steps)
  scratch[featureNames.length + 1] = Math.log(steps) + Math.log(c.TOTAL_BATCH_SIZE)
  return { tokensPerSecond, steps, values: scratch }
}

/** val_bpb = floor + exp(network); a repeated configuration varies in proportion to its height over the floor. */
function valBpbOf({ weights, value }: Landscape, model: Inputs, noise: number): number {
  const logExcess = predict(value, model.values)
  const sd = noise === 0 ? 0 : noiseSd(weights, logExcess)
  return weights.value.floor + Math.exp(logExcess + noise * sd)
}

/** Interpolated between the levels at which it was measured, constant beyond them. */
function noiseSd(weights: WeightsFile, logExcess: number): number {
  const { valBpb, sd } = weights.noise.value
  const level = (i: number) => Math.log(valBpb[i]! - weights.value.floor)
  const last = sd.length - 1
  if (logExcess <= level(0)) return sd[0]!
  for (let i = 1; i <= last; i++) {
    if (logExcess > level(i)) continue
    const share = (logExcess - level(i - 1)) / (level(i) - level(i - 1))
    return sd[i - 1]! * (sd[i]! / sd[i - 1]!) ** share
  }
  return sd[last]!
}

function setupSeconds(weights: WeightsFile, c: Configuration, tokensPerSecond: number, seed: number): number {
  const { constant, perLayer, perEvaluationSecond, sd } = weights.setup
  const seconds = constant + perLayer * c.DEPTH + (perEvaluationSecond * tokensEvaluated) / tokensPerSecond
  return seconds * Math.exp(sd * normal(seed, channel.setup))
}
