/** From runs to rows: how much is left to gain after a method, beside what is left after Optuna's TPE. */
import { median, quantile } from '../../src/statistics/describe.js'
import type { Group } from './problems.js'
import type { Method, Score } from './run.js'

/** All runs of a method on a group, in the order of its tasks; undefined where one failed. */
export interface Runs {
  readonly group: Group
  readonly method: Method
  readonly scores: readonly (Score | undefined)[]
}

export interface Row {
  readonly group: string
  readonly method: string
  readonly pairs: number
  /** By the best observed, and by what the method would take home. */
  readonly best: Ratio
  readonly recommended: Ratio
  /** The median of what the best observed are worth. */
  readonly worth: number
}

/** Ours over theirs, pair by pair: below one is better. */
export interface Ratio {
  readonly median: number
  readonly low: number
  readonly high: number
  /** The share of pairs in which ours is less; equal ones count half. */
  readonly wins: number
}

/** COCO's own precision: what is nearer to the optimum is at it. */
const SOLVED = 1e-8

export function summarise({ group, method, scores }: Runs, reference: Runs): Row {
  const pairs = scores.flatMap((score, i) => {
    const other = reference.scores[i]
    return score && other ? [{ score, other }] : []
  })
  return {
    group: group.id,
    method: method.id,
    pairs: pairs.length,
    best: ratioOf(pairs.map(({ score, other }) => [score.worth, other.worth])),
    recommended: ratioOf(pairs.map(({ score, other }) => [score.recommended, other.recommended])),
    worth: median(pairs.map(({ score }) => score.worth)),
  }
}

function ratioOf(pairs: readonly (readonly [own: number, other: number])[]): Ratio {
  const ratios = pairs.map(([own, other]) => Math.max(SOLVED, own) / Math.max(SOLVED, other))
  const won = ratios.reduce((sum, ratio) => sum + (ratio < 1 ? 1 : ratio === 1 ? 0.5 : 0), 0)
  return {
    median: median(ratios),
    low: quantile(ratios, 0.25),
    high: quantile(ratios, 0.75),
    wins: won / ratios.length,
  }
}
