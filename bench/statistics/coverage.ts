/** How often each 95 % interval holds the true centre, by the number of seeds. */
import { type Rng, stream } from '../../optimizers/rng.js'
import { bootstrapMean } from '../../src/statistics/describe.js'
import { hodgesLehmann } from '../../src/statistics/hodges-lehmann.js'
import { type Interval, meanInterval } from '../../src/statistics/student-t.js'
import { share } from './sequential.js'

export const SIZES = [3, 5, 8, 20]
const RESAMPLES = 1000

export const intervals: Readonly<
  Record<string, (values: readonly number[], seed: number) => Interval | null>
> = {
  'percentile bootstrap': (values, seed) => bootstrapMean(values, { seed, resamples: RESAMPLES }),
  'Student’s t': (values) => meanInterval(values),
  'Hodges–Lehmann, exact': (values) => hodgesLehmann(values).interval,
}

const distributions: Readonly<Record<string, (rng: Rng) => number>> = {
  normal: (rng) => rng.normal(),
  // What differences between two arms are whose endpoints are skewed (exponential).
  Laplace: (rng) => Math.log(1 - rng.uniform()) - Math.log(1 - rng.uniform()),
}

export interface Coverage {
  readonly distribution: string
  readonly interval: string
  readonly seeds: number
  /** Null where so few values have no such interval. */
  readonly covers: number | null
  readonly meanWidth: number | null
}

export function measureCoverage(repetitions: number): Coverage[] {
  return Object.entries(distributions).flatMap(([distribution, draw], index) =>
    SIZES.flatMap((seeds) => {
      const rng = stream(2, index, seeds)
      const samples = Array.from({ length: repetitions }, () =>
        Array.from({ length: seeds }, () => draw(rng)),
      )
      return Object.entries(intervals).map(([interval, of]) => {
        const found = samples.map(of).filter((one) => one !== null)
        const none = found.length === 0
        return {
          distribution,
          interval,
          seeds,
          covers: none ? null : share(found, ([low, high]) => low <= 0 && high >= 0),
          meanWidth: none ? null : found.reduce((sum, [low, high]) => sum + high - low, 0) / found.length,
        }
      })
    }),
  )
}
