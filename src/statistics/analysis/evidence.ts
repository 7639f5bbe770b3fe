/** What the pairs of one contrast say: p by the declared test, the e-value, the difference and its interval. */
import { mean } from '../describe.js'
import { eProcess } from '../e-process.js'
import { hodgesLehmann, hodgesLehmannTwoSamples } from '../hodges-lehmann.js'
import { improvementBetween, improvementInPairs } from '../improvement.js'
import { mannWhitney } from '../mann-whitney.js'
import { signedRank } from '../signed-rank.js'
import { type Interval, meanDifferenceInterval, meanInterval } from '../student-t.js'
import { type AnalysisPlan, isFinished, type Pair } from './grid.js'

export type Claim = 'better' | 'worse'

export interface Evidence {
  /** How many pairs both arms finished. */
  readonly n: number
  /** Over the pairs that both finished. */
  readonly p: number
  /**
   * No less than p, and holds also if every failed run counts as a loss of the arm that the claim is in favour of.
   */
  readonly strict: number
  readonly claim: Claim
}

export function evidenceOf(plan: AnalysisPlan, pairs: readonly Pair[]): Evidence {
  const finished = pairs.filter(isFinished)
  const of = (claim: Claim) => {
    const p = pOf(plan, finished, claim)
    const held = withLosses(pairs, claim)
    return { claim, p, strict: held.length === finished.length ? p : Math.max(p, pOf(plan, held, claim)) }
  }
  const n = finished.length
  const better = of('better')
  if (plan.alternative === 'better') return { n, ...better }
  const worse = of('worse')
  const likelier = worse.strict < better.strict ? worse : better
  return {
    n,
    claim: likelier.claim,
    p: Math.min(1, 2 * Math.min(better.p, worse.p)),
    strict: Math.min(1, 2 * likelier.strict),
  }
}

/** One-sided: the arm is better, or the baseline is. */
function pOf({ test }: AnalysisPlan, pairs: readonly Pair[], claim: Claim): number {
  if (pairs.length === 0) return 1
  const compare = test === 'signed-rank' ? signedRank : mannWhitney
  const [own, other] = columnsOf(pairs)
  return compare(own, other, claim === 'better' ? 'less' : 'greater').p
}

/** Without the runs that failed on the other side: a failure never speaks for a claim. */
function withLosses(pairs: readonly Pair[], claim: Claim): Pair[] {
  return pairs.filter(([own, other]) => (claim === 'better' ? other : own) < Infinity)
}

export interface EValue {
  readonly now: number
  /** The greatest on the way. Its reciprocal is a p-value that may be looked at after every seed. */
  readonly greatest: number
  readonly claim: Claim
}

/**
 * Of the pairs up to the first that has not ended, in the order of the seeds, so that a run that ends late does not
 * change what was bet before it. A failed run is a loss of the arm that the claim is in favour of. Two-sided it is
 * the mean of both claims' processes.
 */
export function eValueOf(plan: AnalysisPlan, pairs: readonly (Pair | undefined)[]): EValue {
  const until = pairs.indexOf(undefined)
  const ended = pairs.slice(0, until === -1 ? pairs.length : until) as Pair[]
  const sides: readonly Claim[] = plan.alternative === 'better' ? ['better'] : ['better', 'worse']
  const paths = sides.map((claim) => eProcess(gainsOf(ended, claim)))
  const path = ended.map((_, i) => mean(paths.map((own) => own[i]!)))
  const [better, worse] = paths.map((own) => own.at(-1) ?? 1)
  return {
    now: path.at(-1) ?? 1,
    greatest: Math.max(1, ...path),
    claim: worse !== undefined && worse > better! ? 'worse' : 'better',
  }
}

/** One gain a seed. One that does not count is zero. */
function gainsOf(pairs: readonly Pair[], claim: Claim): number[] {
  return pairs.map(([own, other]) => {
    const [mine, theirs] = claim === 'better' ? [own, other] : [other, own]
    return theirs === Infinity ? 0 : theirs - mine
  })
}

export interface Estimate {
  /** Arm less baseline, in the units of the endpoint. */
  readonly difference: number | null
  readonly low: number | null
  readonly high: number | null
  /** The probability that the arm beats the baseline on a seed. */
  readonly improvement: number | null
}

/** Over the pairs that both finished. */
export function estimateOf({ test, direction }: AnalysisPlan, pairs: readonly Pair[]): Estimate {
  const finished = pairs.filter(isFinished)
  if (finished.length === 0) return { difference: null, low: null, high: null, improvement: null }
  const [own, other] = columnsOf(finished)
  const [shift, improvement] =
    test === 'signed-rank'
      ? [pairedShift(own, other), improvementInPairs(own, other)]
      : [unpairedShift(own, other), improvementBetween(own, other)]
  const [low, high] = shift.interval ?? [null, null]
  if (direction === 'minimize') return { difference: shift.estimate, low, high, improvement }
  const turned = (value: number | null) => (value === null ? null : 0 - value)
  return { difference: 0 - shift.estimate, low: turned(high), high: turned(low), improvement }
}

/** Hodges and Lehmann's estimate and exact interval where that exists, else the mean and Student's. */
function pairedShift(own: readonly number[], other: readonly number[]): Shifted {
  const differences = own.map((value, i) => value - other[i]!)
  const exact = hodgesLehmann(differences)
  return exact.interval ? exact : { estimate: mean(differences), interval: meanInterval(differences) }
}

function unpairedShift(own: readonly number[], other: readonly number[]): Shifted {
  const exact = hodgesLehmannTwoSamples(own, other)
  if (exact.interval) return exact
  return { estimate: mean(own) - mean(other), interval: meanDifferenceInterval(own, other) }
}

interface Shifted {
  readonly estimate: number
  readonly interval: Interval | null
}

function columnsOf(pairs: readonly Pair[]): [own: number[], other: number[]] {
  return [pairs.map(([own]) => own), pairs.map(([, other]) => other)]
}
