/**
 * From runs to rows. What is left to gain is put on one scale for all problems: 0 is the best worth known, 1000 what the median
 * random configuration is worth.
 */
import { mean, median } from '../../src/statistics/describe.js'
import { holm } from '../../src/statistics/holm.js'
import { signedRankLess } from '../../src/statistics/signed-rank.js'
import type { Method } from '../transfer/run.js'
import { groupedBy } from './grouped.js'
import type { Problem } from './problems.js'
import type { Score } from './run.js'

/** All runs of a method on a problem, by seed; undefined where one failed. */
export interface Runs {
  readonly problem: Problem
  readonly method: Method
  readonly batch: number
  readonly scores: readonly (Score | undefined)[]
}

export const COUNTS = [25, 50, 100] as const

/** What a method leaves on a problem, in the mean over seeds. */
export interface Left {
  readonly problem: Problem
  readonly method: Method
  /** Of the best so far, trial by trial. */
  readonly curve: readonly number[]
  readonly recommended: number
  readonly seeds: number
}

export interface Row {
  readonly method: string
  readonly batch: number
  readonly problems: number
  readonly seeds: number
  /** Means over problems after so many trials. */
  readonly left: Readonly<Record<number, number>>
  readonly recommended: number
  /** Among all methods of the same batch, in the mean over problems, by what is left in the end. */
  readonly rank: number
}

export interface Pair {
  readonly own: string
  readonly peer: string
  readonly difference: number
  readonly won: number
  readonly problems: number
  /** One-sided, over problems, after Holm over all pairs. */
  readonly p: number
}

/** The scale of one problem. */
interface Scale {
  readonly best: number
  readonly typical: number
}

/** `runs` are those of one batch. A problem counts where the yardstick and every method have a run. */
export function leftOf(runs: readonly Runs[], yardstick: string): Left[] {
  const byProblem = groupedBy(runs, ({ problem }) => problem)
  return [...byProblem.values()].flatMap((group) => {
    const scale = scaleOf(group, yardstick)
    if (!scale || group.some(({ scores }) => scores.every((score) => !score))) return []
    return group.map((one) => leftBy(one, scale))
  })
}

function scaleOf(group: readonly Runs[], yardstick: string): Scale | undefined {
  const worths = (of: readonly Runs[]) =>
    of.flatMap(({ scores }) => scores.flatMap((score) => score?.worths ?? []))
  const random = worths(group.filter(({ method }) => method.id === yardstick))
  if (random.length === 0) return undefined
  const typical = median(random.map((worth) => worth ?? Number.POSITIVE_INFINITY))
  const known = worths(group).filter((worth) => worth !== null)
  return { best: group[0]!.problem.optimumKnown ? 0 : known.reduce((a, b) => Math.min(a, b)), typical }
}

function leftBy({ problem, method, scores }: Runs, { best, typical }: Scale): Left {
  const left = (worth: number) => (1000 * (worth - best)) / (typical - best)
  const there = scores.filter((score) => score !== undefined)
  const curves = there.map(({ worths }) => leastSoFar(worths, typical).map(left))
  const taken = there.map(({ worths, recommended }, i) =>
    recommended === null ? curves[i]!.at(-1)! : left(worths[recommended]!),
  )
  return {
    problem,
    method,
    curve: curves[0]!.map((_, trial) => mean(curves.map((curve) => curve[trial]!))),
    recommended: mean(taken),
    seeds: there.length,
  }
}

/** Whoever has nothing yet could take a random configuration. */
function leastSoFar(worths: readonly (number | null)[], typical: number): number[] {
  let least = typical
  let found = false
  return worths.map((worth) => {
    if (worth !== null) least = found ? Math.min(least, worth) : worth
    found ||= worth !== null
    return least
  })
}

export function rowsOf(left: readonly Left[], batch: number): Row[] {
  const ranks = ranksOf(left)
  return [...groupedBy(left, ({ method }) => method)].map(([method, own]) => ({
    method: method.id,
    batch,
    problems: own.length,
    seeds: Math.min(...own.map(({ seeds }) => seeds)),
    left: Object.fromEntries(COUNTS.map((count) => [count, mean(own.map(({ curve }) => curve[count - 1]!))])),
    recommended: mean(own.map(({ recommended }) => recommended)),
    rank: mean(own.map((one) => ranks.get(one)!)),
  }))
}

/** By what is left in the end; who leaves the same shares the ranks. */
function ranksOf(left: readonly Left[]): Map<Left, number> {
  const ranks = new Map<Left, number>()
  for (const group of groupedBy(left, ({ problem }) => problem).values()) {
    const ends = group.map(({ curve }) => curve.at(-1)!)
    for (const [i, one] of group.entries()) {
      const below = ends.filter((end) => end < ends[i]!).length
      const equal = ends.filter((end) => end === ends[i]!).length
      ranks.set(one, below + (equal + 1) / 2)
    }
  }
  return ranks
}

/** Each of ours beside each peer, problem by problem. */
export function pairsOf(left: readonly Left[]): Pair[] {
  const of = groupedBy(left, ({ method }) => method)
  const methods = [...of.keys()]
  const pairs = methods
    .filter(({ by }) => by === 'us')
    .flatMap((own) =>
      methods
        .filter(({ by }) => by === 'peer')
        .map((peer) => pairOf(own, peer, endsOf(of.get(own)!), endsOf(of.get(peer)!))),
    )
  const adjusted = holm(pairs.map(({ p }) => p))
  return pairs.map((pair, i) => ({ ...pair, p: adjusted[i]! }))
}

function endsOf(left: readonly Left[]): number[] {
  return left.map(({ curve }) => curve.at(-1)!)
}

function pairOf(own: Method, peer: Method, ours: readonly number[], theirs: readonly number[]): Pair {
  const differences = ours.map((value, i) => value - theirs[i]!)
  return {
    own: own.id,
    peer: peer.id,
    difference: mean(differences),
    won: differences.reduce((sum, one) => sum + (one < 0 ? 1 : one === 0 ? 0.5 : 0), 0),
    problems: differences.length,
    p: signedRankLess(ours, theirs).p,
  }
}
