/** Experiments in which no arm differs from the baseline: how often something is declared better all the same. */
import { stream } from '../../optimizers/rng.js'
import { type AnalysisPlan, analyse, type CellResult } from '../../src/statistics/analysis.js'
import { holm } from '../../src/statistics/holm.js'
import { signedRankLess } from '../../src/statistics/signed-rank.js'
import { LOOKS, SEEDS, share } from './sequential.js'

export interface FamilyError {
  readonly arms: number
  readonly seeds: number
  readonly rule: string
  /** The share of experiments in which at least one arm is declared better. */
  readonly wrong: number
  readonly repetitions: number
}

/** As measured between arms of ours that share nothing but the seed. */
const CORRELATION = 0.05

/** Many arms against one baseline at eight seeds, tested once. */
export function measureOnce(repetitions: number): FamilyError[] {
  return [12, 15].flatMap((arms) => {
    const rng = stream(3, arms)
    const families = Array.from({ length: repetitions }, () => {
      const [baseline, ...others] = drawArms(() => rng.normal(), arms + 1, 8)
      return others.map((own) => signedRankLess(own, baseline!).p)
    })
    const least = (ps: readonly number[]) => Math.min(...ps)
    const wrong = (rule: string, counts: (ps: readonly number[]) => boolean): FamilyError => ({
      arms,
      seeds: 8,
      rule,
      wrong: share(families, counts),
      repetitions,
    })
    return [
      wrong('some p < .10', (ps) => least(ps) < 0.1),
      wrong('some p ≤ .05', (ps) => least(ps) <= 0.05),
      wrong('some p ≤ .05 after Holm', (ps) => least(holm(ps)) <= 0.05),
    ]
  })
}

/** Through the analysis that experiments use, at planned looks and by e-values. */
export function measureAnalyses(repetitions: number): FamilyError[] {
  const names = Array.from({ length: 16 }, (_, i) => `arm-${i}`)
  const plan: AnalysisPlan = {
    arms: names,
    baseline: names[0]!,
    contrasts: names.slice(1).map((arm) => ({ arm, baseline: names[0]! })),
    seeds: Array.from({ length: SEEDS }, (_, seed) => seed),
    looks: LOOKS,
    alpha: 0.05,
    test: 'signed-rank',
    alternative: 'better',
    direction: 'minimize',
  }
  const rng = stream(4)
  const analyses = Array.from({ length: repetitions }, () => {
    const values = drawArms(() => rng.normal(), names.length, SEEDS)
    const cells = values.flatMap((row, i) =>
      row.map(
        (endpoint, seed): CellResult => ({ arm: names[i]!, seed, state: 'finished', endpoint, steps: [] }),
      ),
    )
    return analyse(plan, cells).contrasts
  })
  const common = { arms: 15, seeds: SEEDS, repetitions }
  return [
    {
      ...common,
      rule: `verdicts at planned looks (${LOOKS.join(', ')})`,
      wrong: share(analyses, (contrasts) => contrasts.some(({ verdict }) => verdict === 'better')),
    },
    {
      ...common,
      rule: 'e-values, read after every seed',
      wrong: share(analyses, (contrasts) => contrasts.some(({ anytime }) => anytime === 'better')),
    },
  ]
}

/** Element [arm][seed]. */
function drawArms(normal: () => number, arms: number, seeds: number): number[][] {
  const ofSeed = Array.from({ length: seeds }, normal)
  return Array.from({ length: arms }, () =>
    ofSeed.map((common) => Math.sqrt(CORRELATION) * common + Math.sqrt(1 - CORRELATION) * normal()),
  )
}
