/**
 * The validation curve of a run: where it ends is learned, how it gets there is a law.
 *
 * The shape is Tissue, Wang and Wang, "Scaling Law with Learning Rate Annealing" (arXiv 2408.11029):
 *   L(s) = L0 + A·S1(s)^−α − C·S2(s)                                                          (1)
 * S1 the area under the learning rate so far, S2 how far it has been annealed. A and L0 follow from the two ends:
 * an untrained model's uniform guess, and the run's own val_bpb. The table has no curves, so nothing here is fitted.
 */
import type { Configuration } from './configuration.js'
import { channel, normal } from './noise.js'

export interface CurvePoint {
  /** Of counted training time. */
  readonly seconds: number
  readonly step: number
  readonly valBpb: number
}

/** log2(8192) bits a token, at about 4.07 bytes a token. */
const untrained = 3.19
const alpha = 0.5
/** Steps at full rate before the power law sets in. */
const onset = 10
/** What annealing from the default MATRIX_LR to zero is worth, in bpb. */
const annealingGain = 0.03
/** Of a reading halfway through, as a share of what is still to be gained there. */
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

/** S1 at each point, in steps at the full rate: trapezoids between the points. */
function areas(c: Configuration, steps: number): number[] {
  const out = [0]
  for (let i = 0; i < points; i++) {
    const mean = (rate(c, i / points) + rate(c, (i + 1) / points)) / 2
    out.push(out[i]! + (mean * steps) / points)
  }
  return out
}

/** C·S2: nothing while the rate rises or rests, then in proportion to how far it has come down. */
function annealing(c: Configuration): (progress: number) => number {
  const gain = annealingGain * Math.sqrt(c.MATRIX_LR / 0.04)
  const slope = (1 - c.FINAL_LR_FRAC) / c.WARMDOWN_RATIO
  const top = Math.min(1, (c.FINAL_LR_FRAC + slope) / (1 + slope * c.WARMUP_RATIO))
  return (progress) => (up(c, progress) < down(c, progress) ? 0 : gain * (top - rate(c, progress)))
}

/** Linear up, flat, linear down to the final fraction; where the two overlap, the lower one. */
function rate(c: Configuration, progress: number): number {
  return Math.min(1, up(c, progress), down(c, progress))
}

function up(c: Configuration, progress: number): number {
  return c.WARMUP_RATIO > 0 ? progress / c.WARMUP_RATIO : 1
}

function down(c: Configuration, progress: number): number {
  return c.FINAL_LR_FRAC + ((1 - c.FINAL_LR_FRAC) * (1 - progress)) / c.WARMDOWN_RATIO
}
