/** Rules that may stop an experiment early: how often they declare an arm better, by how many seeds. */
import { type Rng, stream } from '../../optimizers/rng.js'
import { eProcess } from '../../src/statistics/e-process.js'
import { lookLevels } from '../../src/statistics/plan.js'
import { signedRankCritical, signedRankStatistic } from '../../src/statistics/signed-rank.js'

export const SEEDS = 20
export const LOOKS = [8, 12, 16, 20]
const ALPHA = 0.05
const FIRST_PEEK = 5

/**
 * After how many seeds the arm is declared better, given all differences (negative: better); undefined where it is
 * not.
 */
type Rule = (differences: readonly number[]) => number | undefined

export const rules: Readonly<Record<string, Rule>> = {
  [`signed rank after every seed from ${FIRST_PEEK}`]: looksAt(
    Array.from({ length: SEEDS - FIRST_PEEK + 1 }, (_, i) => [FIRST_PEEK + i, ALPHA] as const),
  ),
  [`signed rank once, at ${SEEDS}`]: looksAt([[SEEDS, ALPHA]]),
  [`planned looks at ${LOOKS.join(', ')}`]: looksAt(
    levelsOf(LOOKS).map((level, i) => [LOOKS[i]!, level] as const),
  ),
  'e-value of 20, after every seed': (differences) => {
    const at = eProcess(differences.map((difference) => -difference)).findIndex((e) => e >= 1 / ALPHA)
    return at === -1 ? undefined : at + 1
  },
}

/** Of the differences between two arms on one seed, in their standard deviations; under `Cauchy`, in its scale. */
export interface Situation {
  readonly name: string
  readonly effect: number
  readonly draw: (rng: Rng) => number
}

const normal = (rng: Rng) => rng.normal()
export const situations: readonly Situation[] = [
  { name: 'no difference', effect: 0, draw: normal },
  { name: 'no difference, Cauchy', effect: 0, draw: (rng) => Math.tan(Math.PI * (rng.uniform() - 0.5)) },
  { name: '0.5 sd', effect: 0.5, draw: normal },
  { name: '1 sd', effect: 1, draw: normal },
]

export interface Stopping {
  readonly situation: string
  readonly rule: string
  /** Element i: the share that is declared better by seed i + 1. */
  readonly declaredBy: readonly number[]
  /** Where nothing is declared, all seeds are used. */
  readonly meanSeeds: number
}

export function measureStopping(repetitions: number): Stopping[] {
  return situations.flatMap(({ name, effect, draw }, index) => {
    const rng = stream(1, index)
    const samples = Array.from({ length: repetitions }, () =>
      Array.from({ length: SEEDS }, () => draw(rng) - effect),
    )
    return Object.entries(rules).map(([rule, stopsAt]) => {
      const stops = samples.map((differences) => stopsAt(differences))
      return {
        situation: name,
        rule,
        declaredBy: Array.from({ length: SEEDS }, (_, i) =>
          share(stops, (at) => at !== undefined && at <= i + 1),
        ),
        meanSeeds: stops.reduce<number>((sum, at) => sum + (at ?? SEEDS), 0) / repetitions,
      }
    })
  })
}

function looksAt(looks: readonly (readonly [seeds: number, level: number])[]): Rule {
  const bounds = looks.map(([seeds, level]) => ({ seeds, critical: signedRankCritical(seeds, level) }))
  return (differences) =>
    bounds.find(({ seeds, critical }) => signedRankStatistic(differences, seeds) <= critical)?.seeds
}

export function levelsOf(looks: readonly number[]): number[] {
  return lookLevels({ contrasts: 1, looks, alpha: ALPHA, test: 'signed-rank', alternative: 'better' })
}

export function share<Item>(items: readonly Item[], counts: (item: Item) => boolean): number {
  return items.filter(counts).length / items.length
}
