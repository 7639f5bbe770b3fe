/** What the arms found, and whether one is better than another, seed by seed. */
import type { ScriptedKind } from '../../src/domain/advisor.js'
import { describeSpread, mean, type Spread } from '../../src/statistics/describe.js'
import { holm } from '../../src/statistics/holm.js'
import { comparePaired } from '../../src/statistics/signed-rank.js'
import type { Arm } from './arms.js'
import type { Score } from './run.js'

export interface Group {
  readonly arm: Arm
  readonly scores: readonly Score[]
}

export interface Row {
  readonly id: string
  readonly advisor: ScriptedKind | null
  readonly ratio: number
  readonly adaptive: boolean
  readonly seeds: number
  readonly best: Spread
  readonly truth: Spread
  readonly realised: number | null
  /** Of the advisor's trials, how many had run before. */
  readonly repeats: number | null
  readonly incumbents: number
  readonly advisorsIncumbents: number
}

export function summarise({ arm, scores }: Group): Row {
  const of = (what: (score: Score) => number) => mean(scores.map(what))
  return {
    id: arm.id,
    advisor: arm.advisor,
    ratio: arm.ratio,
    adaptive: arm.adaptive ?? false,
    seeds: scores.length,
    best: describeSpread(scores.map(({ best }) => best)),
    truth: describeSpread(scores.map(({ truth }) => truth)),
    realised: arm.advisor === null ? null : of(({ realised }) => realised!),
    repeats: arm.advisor === null ? null : of(({ repeats, taken }) => (taken === 0 ? 0 : repeats / taken)),
    incumbents: of(({ incumbents }) => incumbents),
    advisorsIncumbents: of(({ advisorsIncumbents }) => advisorsIncumbents),
  }
}

export interface Comparison {
  readonly family: 'alone' | 'controls'
  readonly arm: string
  readonly against: string
  readonly by: 'best' | 'truth'
  readonly pairs: number
  readonly difference: number
  /** One-sided: the arm is better. */
  readonly p: number
  /** After Holm's correction over the family. */
  readonly adjusted: number
}

/** Every arm against the optimizer alone, by both measures: one family. */
export function compareWithAlone(groups: readonly Group[]): Comparison[] {
  const alone = groups.filter(({ arm }) => arm.advisor === null)
  const others = groups.filter(({ arm }) => arm.advisor !== null)
  return corrected('alone', others, () => alone)
}

/** The expert against every control of the same share. */
export function compareWithControls(groups: readonly Group[]): Comparison[] {
  const experts = groups.filter(({ arm }) => arm.advisor === 'expert')
  const controls = groups.filter(({ arm }) => arm.advisor !== null && arm.advisor !== 'expert')
  return corrected('controls', experts, ({ arm }) =>
    controls.filter(({ arm: other }) => other.ratio === arm.ratio && other.adaptive === arm.adaptive),
  )
}

function corrected(
  family: Comparison['family'],
  arms: readonly Group[],
  against: (group: Group) => readonly Group[],
): Comparison[] {
  const raw = arms.flatMap((arm) =>
    against(arm).flatMap((other) => [pair(arm, other, 'best'), pair(arm, other, 'truth')]),
  )
  const adjusted = holm(raw.map(({ p }) => p))
  return raw.map((comparison, i) => ({ family, ...comparison, adjusted: adjusted[i]! }))
}

function pair(arm: Group, other: Group, by: 'best' | 'truth') {
  const [a, b] = [arm, other].map(({ scores }) => scores.map((score) => score[by]))
  return {
    arm: arm.arm.id,
    against: other.arm.id,
    by,
    ...comparePaired(a!, b!),
  }
}
