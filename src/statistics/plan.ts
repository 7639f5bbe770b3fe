/**
 * What a plan can show, before any run is paid for: the least p that its tests can reach, from how many seeds on
 * anything can be significant, and the power against a given effect.
 */
import { stream } from '../../optimizers/rng.js'
import { passOnUnusable, spendAlpha } from './alpha-spending.js'
import { combinations, mannWhitneyCritical, mannWhitneyStatistic } from './mann-whitney.js'
import { signedRankCritical, signedRankStatistic } from './signed-rank.js'

export type PairTest = 'signed-rank' | 'mann-whitney'
export type Alternative = 'better' | 'two-sided'

export interface PlanShape {
  readonly contrasts: number
  /** After how many seeds the data are looked at, ascending. */
  readonly looks: readonly number[]
  readonly alpha: number
  readonly test: PairTest
  readonly alternative: Alternative
}

export interface PlanOutlook {
  /** The least p at the last look, alone and after Holm's correction over the contrasts. */
  readonly leastP: number
  readonly leastAdjusted: number
  /** From so many seeds on, one look at them can show something. */
  readonly seedsNeeded: number
  readonly canShow: boolean
  readonly looks: readonly {
    readonly seeds: number
    /** What of α it may spend; 0 where nothing could be shown by that much. */
    readonly level: number
    readonly leastAdjusted: number
  }[]
  readonly power: readonly ({ readonly effect: number } & Power)[]
}

export interface Power {
  /** The share of such experiments in which the better arm is shown to be better. */
  readonly power: number
  /** The mean number of seeds after which the contrast is decided: the look that shows it, or the last. */
  readonly seeds: number
}

export function outlookOf(plan: PlanShape, effects: readonly number[] = [0.5, 1], most = 4000): PlanOutlook {
  const levels = lookLevels(plan)
  const last = plan.looks.at(-1)!
  const repetitions = Math.min(most, Math.max(FEWEST, Math.ceil(SIMULATED_SEEDS / last)))
  return {
    leastP: leastP(plan, last),
    leastAdjusted: leastAdjusted(plan, last),
    seedsNeeded: seedsNeeded(plan),
    canShow: levels.some((level) => level > 0),
    looks: plan.looks.map((seeds, i) => ({
      seeds,
      level: levels[i]!,
      leastAdjusted: leastAdjusted(plan, seeds),
    })),
    power: effects.map((effect) => ({ effect, ...simulatePower(plan, { effect, repetitions }) })),
  }
}

/**
 * Plans of more than fifty seeds are simulated less often, since a thousand seeds 4000 times would take ten seconds. With the
 * fewest repetitions the standard error of a power is 3.5 percentage points at most.
 */
const SIMULATED_SEEDS = 200_000
const FEWEST = 200

/** One sentence for whoever plans or reads an experiment. */
export function describeOutlook(plan: PlanShape, outlook: PlanOutlook): string {
  const { contrasts, alpha, looks } = plan
  const seeds = looks.at(-1)!
  const shape = `${seeds} ${seeds === 1 ? 'seed' : 'seeds'} and ${contrasts} ${contrasts === 1 ? 'contrast' : 'contrasts'}`
  if (!outlook.canShow)
    return (
      `With ${shape} nothing can be shown: the least possible p is ${rounded(outlook.leastP)}, after Holm's ` +
      `correction ${rounded(outlook.leastAdjusted)}, above α = ${alpha}; at least ${outlook.seedsNeeded} seeds are needed.`
    )
  const [first, ...others] = outlook.power.map(({ effect, power }) => ({ effect, share: percent(power) }))
  const found = [
    `An arm that is ${first!.effect} sd better is shown to be better in about ${first!.share} of such experiments`,
    ...others.map(({ effect, share }) => `one that is ${effect} sd better in ${share}`),
  ]
  return (
    `With ${shape} the least possible p is ${rounded(outlook.leastP)}, after Holm's correction ` +
    `${rounded(outlook.leastAdjusted)}. ${found.join(', ')} (sd: of the endpoint from seed to seed; seeds that do ` +
    'not pair). An arm that is not shown to be better may still be.'
  )
}

/** The least p of a test with so many seeds, where all of them agree. */
export function leastP(
  { test, alternative }: Pick<PlanShape, 'test' | 'alternative'>,
  seeds: number,
): number {
  const one = test === 'signed-rank' ? 2 ** -seeds : 1 / combinations(2 * seeds, seeds)
  return Math.min(1, alternative === 'two-sided' ? 2 * one : one)
}

function leastAdjusted(plan: Omit<PlanShape, 'looks' | 'alpha'>, seeds: number): number {
  return Math.min(1, plan.contrasts * leastP(plan, seeds))
}

/** The fewest seeds with which one look at level α can show anything, whatever the data. */
export function seedsNeeded(plan: Omit<PlanShape, 'looks'>): number {
  let seeds = 1
  while (leastAdjusted(plan, seeds) > plan.alpha) seeds++
  return seeds
}

/** What each planned look spends of α. */
export function lookLevels(plan: PlanShape): number[] {
  return passOnUnusable(
    spendAlpha(plan.alpha, plan.looks),
    plan.looks.map((seeds) => leastAdjusted(plan, seeds)),
  )
}

export interface Effect {
  /** How much better the arm is, in standard deviations of the endpoint from seed to seed. */
  readonly effect: number
  /** Between the two arms of a seed. */
  readonly correlation?: number
  readonly repetitions?: number
  readonly seed?: number
}

/**
 * By simulation on normal endpoints, of one arm that is better. The other contrasts are taken to differ in nothing,
 * so the arm has to pass Holm's first step; where others are better too, the power is greater.
 */
export function simulatePower(
  plan: PlanShape,
  { effect, correlation = 0, repetitions = 4000, seed = 0 }: Effect,
): Power {
  const bounds = criticalValues(plan)
  const last = plan.looks.at(-1)!
  const rng = stream(seed, repetitions, last)
  const draw = () => Array.from({ length: last }, () => rng.normal())
  let [found, seeds] = [0, 0]
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const other = draw()
    const own = draw().map((z, i) => correlation * other[i]! + Math.sqrt(1 - correlation ** 2) * z - effect)
    const statistic = statisticOf(plan.test, own, other)
    const at = plan.looks.find((look, i) => statistic(look) <= bounds[i]!)
    if (at !== undefined) found++
    seeds += at ?? last
  }
  return { power: found / repetitions, seeds: seeds / repetitions }
}

function statisticOf(
  test: PairTest,
  own: readonly number[],
  other: readonly number[],
): (seeds: number) => number {
  if (test === 'mann-whitney') return (seeds) => mannWhitneyStatistic(own, other, seeds)
  const differences = own.map((value, i) => value - other[i]!)
  return (seeds) => signedRankStatistic(differences, seeds)
}

/** The greatest statistic at each look that shows the arm to be better at Holm's first step; −1 where none does. */
function criticalValues(plan: PlanShape): number[] {
  const levels = lookLevels(plan)
  return plan.looks.map((seeds, i) => {
    const level = levels[i]! / plan.contrasts / (plan.alternative === 'two-sided' ? 2 : 1)
    return plan.test === 'signed-rank'
      ? signedRankCritical(seeds, level)
      : mannWhitneyCritical(seeds, seeds, level)
  })
}

/** Two digits that matter. */
export function rounded(value: number): string {
  return String(Number(value.toPrecision(2)))
}

export function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}
