/** From runs to rows: what each method reached, and against whom that is more than luck. */
import { describeSpread, median, type Spread } from '../../src/statistics/describe.js'
import { holm } from '../../src/statistics/holm.js'
import { comparePaired } from '../../src/statistics/signed-rank.js'
import type { Method } from './methods.js'
import type { Score } from './run.js'

/** All seeds of a method with so many workers, in the order of the seeds. */
export interface Group {
  readonly method: Method
  readonly workers: number
  readonly scores: readonly Score[]
}

export interface Row {
  readonly id: string
  readonly label: string
  readonly workers: number
  readonly seeds: number
  readonly best: Spread
  readonly truth: Spread
  readonly recommended: Spread
  readonly trials: number
  readonly oomShare: number
  readonly failedShare: number
  /** The median over all seeds; null where fewer than half of them got there. */
  readonly targetHours: number | null
  readonly reachedTarget: number
}

export function summarise({ method, workers, scores }: Group): Row {
  const trials = total(scores.map(({ trials }) => trials))
  const hours = median(scores.map(({ targetHours }) => targetHours ?? Number.POSITIVE_INFINITY))
  return {
    id: method.id,
    label: method.label,
    workers,
    seeds: scores.length,
    best: describeSpread(scores.map(({ best }) => best)),
    truth: describeSpread(scores.map(({ truth }) => truth)),
    recommended: describeSpread(scores.map(({ recommended }) => recommended)),
    trials: trials / scores.length,
    oomShare: total(scores.map(({ oom }) => oom)) / trials,
    failedShare: total(scores.map(({ failed }) => failed)) / trials,
    targetHours: orNull(hours),
    reachedTarget: scores.filter(({ targetHours }) => targetHours !== null).length,
  }
}

export interface Level {
  readonly id: string
  readonly workers: number
  readonly level: number
  /** The median over seeds of the charged hours until a value at or below the level was observed; null: fewer than half. */
  readonly hours: number | null
  /** Over those of one worker. */
  readonly ratio: number | null
}

/** What searching side by side costs: every method that ran with one worker and with more. */
export function levelsOf(groups: readonly Group[], levels: readonly number[]): Level[] {
  const singles = groups.filter(({ workers }) => workers === 1)
  return singles.flatMap((single) => {
    const beside = groups.filter(({ method, workers }) => method === single.method && workers > 1)
    if (beside.length === 0) return []
    return levels.flatMap((level) =>
      [single, ...beside].map(({ method, workers, scores }) => {
        const hours = hoursTo(level, scores)
        const alone = hoursTo(level, single.scores.slice(0, scores.length))
        const ratio = Number.isFinite(alone) ? hours / alone : Number.NaN
        return { id: method.id, workers, level, hours: orNull(hours), ratio: orNull(ratio) }
      }),
    )
  })
}

function hoursTo(level: number, scores: readonly Score[]): number {
  const reached = scores.map(({ incumbents }) => incumbents.find(([, observed]) => observed <= level)?.[0])
  return median(reached.map((hours) => hours ?? Number.POSITIVE_INFINITY))
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

export interface Comparison {
  readonly ours: string
  readonly peer: string
  readonly workers: number
  readonly by: 'best' | 'truth'
  readonly pairs: number
  /** The mean of ours less theirs, over the seeds that both ran. */
  readonly difference: number
  readonly p: number
  /** After Holm's correction, over all comparisons by this measure with so many workers. */
  readonly adjusted: number
}

/** One family of tests: every one of ours that claims anything against every peer. */
export function compare(groups: readonly Group[], by: 'best' | 'truth'): Comparison[] {
  const ours = groups.filter(({ method }) => method.by === 'us' && method.tested)
  const peers = groups.filter(({ method }) => method.by === 'peer')
  const raw = ours.flatMap((own) => peers.map((peer) => pair(own, peer, by)))
  const adjusted = holm(raw.map(({ p }) => p))
  return raw.map((comparison, i) => ({ ...comparison, adjusted: adjusted[i]! }))
}

function pair(own: Group, peer: Group, by: 'best' | 'truth') {
  const [a, b] = [own, peer].map(({ scores }) => scores.map((score) => score[by]))
  return {
    ours: own.method.id,
    peer: peer.method.id,
    workers: own.workers,
    by,
    ...comparePaired(a!, b!),
  }
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
