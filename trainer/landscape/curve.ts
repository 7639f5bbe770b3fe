/**
 * The validation curve of a run. Its end is predicted by the fitted network; its shape is a scaling law.
 *
 * The shape is Tissue, Wang and Wang, "Scaling Law with Learning Rate Annealing" (arXiv 2408.11029):
 *   L(s) = L0 + A·S1(s)^−α − C·S2(s)                                                          (1)
 * S1 is the area under the learning rate so far, S2 the amount of annealing. A and L0 follow from the two ends: the uniform
 * guess of an untrained model, and the run's own val_bpb. Nothing here is fitted, because the table has no curves.
 */
import type { Configuration } from './configuration.js'
import { channel, normal } from './noise.js'

export interface CurvePoint {
  /** Seconds of training time at the points of the curve. */
  readonly seconds: number
  readonly step: number
  readonly valBpb: number
}

/** log2(8192) bits per token, at about 4.07 bytes per token. */
const untrained = 3.19
const alpha = 0.5
/** Steps at full rate before the power law sets in. */
const onset = 10
/** The gain of annealing from the default MATRIX_LR to zero, in bpb. */
const annealingGain = 0.03
/** The sd of a reading halfway through, as a share of the remaining gain. */
const readingNoise = 0.005
const points = 30

export function curve(
  c: Configuration,
  run: {
    readonly valBpb: number
    readonly numSteps: number
    readonly trainSeconds: number
    readonly seed: number
  },
): CurvePoint[] {
  const area = areas(c, run.numSteps)
  const annealed = annealing(c)
  const power = (s1: number) => (s1 + onset) ** -alpha
  const end = power(area[points]!)
  const scale = (untrained - run.valBpb - annealed(1)) / (power(0) - end)
  return Array.from({ length: points }, (_, i) => {
    const progress = (i + 1) / points
    const left = scale * (power(area[i + 1]!) - end) + annealed(1) - annealed(progress)
    const reading = 1 + readingNoise * normal(run.seed, channel.curve + i)
    return {
      seconds: run.trainSeconds * progress,
      step: Math.round(run.numSteps * progress),
      valBpb: run.valBpb + left * reading,
    }
  })
}

/** S1 at each point, in steps at the full rate, by the trapezoidal rule. */
function areas(c: Configuration, steps: number): number[] {
  const out = [0]
  for (let i = 0; i < points; i++) {
    const mean = (rate(c, i / points) + rate(c, (i + 1) / points)) / 2
    out.push(out[i]! + (mean * steps) / points)
  }
  return out
}

/** C·S2: zero while the rate rises or is constant, then proportional to its decrease. */
function annealing(c: Configuration): (progress: number) => number {
  const gain = annealingGain * Math.sqrt(c.MATRIX_LR / 0.04)
  const slope = (1 - c.FINAL_LR_FRAC) / c.WARMDOWN_RATIO
  const top = Math.min(1, (c.FINAL_LR_FRAC + slope) / (1 + slope * c.WARMUP_RATIO))
  return (progress) => (up(c, progress) < down(c, progress) ? 0 : gain * (top - rate(c, progress)))
}

/** Linear warm-up, constant, linear decay to the final fraction; the lower of the two where they overlap. */
function rate(c: Configuration, progress: number): number {
  return Math.min(1, up(c, progress), down(c, progress))
}

function up(c: Configuration, progress: number): number {
  return c.WARMUP_RATIO > 0 ? progress / c.WARMUP_RATIO : 1
}

function down(c: Configuration, progress: number): number {
  return c.FINAL_LR_FRAC + ((1 - c.FINAL_LR_FRAC) * (1 - progress)) / c.WARMDOWN_RATIO
}
