/** Simulates one training run on the card. */
import { accumulation, type Configuration, readConfiguration } from './configuration.js'
import { type CurvePoint, curve } from './curve.js'
import { LandscapeError } from './errors.js'
import { architecture, features, withProgress } from './features.js'
import { peakMemoryGb } from './memory.js'
import { type Ensemble, predict } from './network.js'
import { channel, normal } from './noise.js'
import type { WeightsFile } from './weights.js'

export interface Landscape {
  readonly weights: WeightsFile
  readonly throughput: Ensemble
  readonly value: Ensemble
}

export type Params = Readonly<Record<string, unknown>>

export interface RunOptions {
  /** An integer. Equal seeds give equal noise. */
  readonly seed: number
  /** The card's memory limit. The default is 76, the cap of the recorded trials. */
  readonly memoryLimitGb?: number
}

/** A success charges its training time, a failure the lifetime of its process. */
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
      /** The memory that the process held when it failed. */
      readonly peakMemoryMb: number
    }

/** Throws a LandscapeError that names the parameter if the configuration is outside the space. */
export function evaluate(landscape: Landscape, params: Params, options: RunOptions): Run {
  const { weights } = landscape
  const c = readConfiguration(weights.space, params)
  const { seed, limitGb } = readOptions(weights, options)
  if (!Number.isInteger(accumulation(c))) return assertionFailure(weights, c)
  const memoryGb = peakMemoryGb(weights.memory, c, architecture(c))
  if (memoryGb + weights.memory.reserveGb > limitGb) return outOfMemory(weights, c, memoryGb, limitGb, seed)
  return training(landscape, c, memoryGb, seed)
}

/** The noise-free val_bpb on a card with enough memory: the reference for regret. */
export function truth(landscape: Landscape, params: Params): number {
  const c = readConfiguration(landscape.weights.space, params)
  if (!Number.isInteger(accumulation(c))) {
    throw new LandscapeError('invalid_parameter', 'TOTAL_BATCH_SIZE', indivisible(c))
  }
  return reached(landscape, c, { speed: 0, value: 0 }).valBpb
}

function training(landscape: Landscape, c: Configuration, memoryGb: number, seed: number): Run {
  const { noise, setup, steps: budget } = landscape.weights
  const speed = noise.speed * normal(seed, channel.speed)
  const { tokensPerSecond, steps, valBpb } = reached(landscape, c, {
    speed,
    value: normal(seed, channel.value),
  })
  const numSteps = Math.round(steps)
  const trainSeconds = budget.seconds
  return {
    outcome: 'complete',
    valBpb,
    trainSeconds,
    totalSeconds: trainSeconds + setupSeconds(setup, c, tokensPerSecond, normal(seed, channel.setup)),
    peakMemoryMb: 1024 * memoryGb,
    tokensPerSecond,
    numSteps,
    curve: curve(c, { valBpb, numSteps, trainSeconds, seed }),
  }
}

interface Noise {
  /** The speed of this card relative to the typical one, in log tokens per second. */
  readonly speed: number
  /** A standard normal draw. */
  readonly value: number
}

/** Predicts the speed, from it the steps in the budget, and from those val_bpb as floor + exp(network). */
function reached({ weights, throughput, value }: Landscape, c: Configuration, noise: Noise) {
  const { seconds, uncounted } = weights.steps
  const x = features(c, architecture(c))
  const tokensPerSecond = Math.exp(predict(throughput, x) + noise.speed)
  const steps = uncounted + (seconds * tokensPerSecond) / c.TOTAL_BATCH_SIZE
  const logExcess = predict(value, withProgress(x, steps, c))
  const sd = noiseSd(weights, logExcess)
  return { tokensPerSecond, steps, valBpb: weights.value.floor + Math.exp(logExcess + noise.value * sd) }
}

/** The sd of log(val_bpb − floor): interpolated between the measured levels, constant beyond them. */
function noiseSd({ noise, value }: WeightsFile, logExcess: number): number {
  const { valBpb, sd } = noise.value
  const level = (i: number) => Math.log(valBpb[i]! - value.floor)
  const above = valBpb.findIndex((_, i) => logExcess <= level(i))
  if (above === -1) return sd.at(-1)!
  if (above === 0) return sd[0]!
  const share = (logExcess - level(above - 1)) / (level(above) - level(above - 1))
  return sd[above - 1]! * (sd[above]! / sd[above - 1]!) ** share
}

const tokensEvaluated = 40 * 524288

/** The time to compile grows with depth, the time to evaluate with the time per token. */
function setupSeconds(
  setup: WeightsFile['setup'],
  c: Configuration,
  tokensPerSecond: number,
  noise: number,
): number {
  const evaluation = setup.perEvaluationSecond * (tokensEvaluated / tokensPerSecond)
  return (setup.constant + setup.perLayer * c.DEPTH + evaluation) * Math.exp(setup.sd * noise)
}

function outOfMemory(
  { failure }: WeightsFile,
  c: Configuration,
  memoryGb: number,
  limitGb: number,
  seed: number,
): Run {
  const noise = Math.exp(failure.sd * normal(seed, channel.failure))
  const seconds = (failure.constant + failure.perLayer * c.DEPTH) * noise
  return {
    outcome: 'oom',
    message: `CUDA out of memory: training needs ${memoryGb.toFixed(1)} GiB, the limit is ${limitGb} GiB`,
    trainSeconds: seconds,
    totalSeconds: seconds,
    peakMemoryMb: 1024 * Math.min(memoryGb, limitGb),
  }
}

/** The trainer asserts that micro-batches divide the batch before it uses the card. */
function assertionFailure({ failure }: WeightsFile, c: Configuration): Run {
  const seconds = failure.assertionSeconds
  const message = `AssertionError: TOTAL_BATCH_SIZE ${indivisible(c)}`
  return { outcome: 'invalid', message, trainSeconds: seconds, totalSeconds: seconds, peakMemoryMb: 0 }
}

function indivisible(c: Configuration): string {
  return `is ${c.TOTAL_BATCH_SIZE}: expected a multiple of DEVICE_BATCH_SIZE × 2048 = ${c.DEVICE_BATCH_SIZE * 2048}`
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
