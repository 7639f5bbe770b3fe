/**
 * What a plan can show: the power of the two tests, by how far the seeds of two arms go together, and the least p.
 */
import { leastP, type PairTest, seedsNeeded, simulatePower } from '../../src/statistics/plan.js'

export interface TestPower {
  readonly seeds: number
  /** In standard deviations of one arm's endpoint from seed to seed. */
  readonly effect: number
  readonly correlation: number
  readonly power: Readonly<Record<PairTest, number>>
}

/** One look at level .05. */
export function comparePowers(repetitions: number): TestPower[] {
  const cases = [
    [5, 1.5],
    [8, 1],
    [12, 1],
  ] as const
  return cases.flatMap(([seeds, effect]) =>
    [0.05, 0.2, 0.35, 0.5].map((correlation) => {
      const power = (test: PairTest) =>
        simulatePower(
          { contrasts: 1, looks: [seeds], alpha: 0.05, test, alternative: 'better' },
          { effect, correlation, repetitions },
        ).power
      return {
        seeds,
        effect,
        correlation,
        power: { 'signed-rank': power('signed-rank'), 'mann-whitney': power('mann-whitney') },
      }
    }),
  )
}

export interface PlanRow {
  readonly contrasts: number
  /** By the number of seeds: after Holm's correction. */
  readonly leastAdjusted: Readonly<Record<number, number>>
  readonly needed: Readonly<Record<PairTest, number>>
}

export function planRow(contrasts: number): PlanRow {
  const plan = { contrasts, alpha: 0.05, alternative: 'better' as const }
  const least = (seeds: number) => Math.min(1, contrasts * leastP({ ...plan, test: 'signed-rank' }, seeds))
  return {
    contrasts,
    leastAdjusted: { 3: least(3), 5: least(5), 8: least(8) },
    needed: {
      'signed-rank': seedsNeeded({ ...plan, test: 'signed-rank' }),
      'mann-whitney': seedsNeeded({ ...plan, test: 'mann-whitney' }),
    },
  }
}
