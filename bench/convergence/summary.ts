/**
 * What runs on COCO's functions say.
 *
 * Hansen, Auger, Brockhoff, Tušar (2022), Anytime performance assessment in blackbox optimization benchmarking:
 * expected runtimes, and runtime distributions over all problems and targets.
 */
import { mean, median, quantile } from '../../src/statistics/describe.js'
import type { Line, Suite } from './runs.js'

export interface Row {
  readonly suite: Suite['name']
  readonly dimension: number
  readonly algorithm: string
  readonly runs: number
  /** Runs that reached the last target, 10⁻⁸. */
  readonly solved: number
  /** Area under the runtime distribution over log evaluations: 1 where every target is reached at once. */
  readonly area: number
  /** Of the expected runtimes to 10⁻⁸, over the reference's, on the functions that both solved. */
  readonly ratio: {
    readonly median: number
    readonly low: number
    readonly high: number
    readonly functions: number
  } | null
}

export function summarise(suite: Suite, lines: readonly Line[]): Row[] {
  return suite.dimensions.flatMap((dimension) => {
    const here = lines.filter((line) => line.dimension === dimension)
    const runsOf = (algorithm: string) => here.filter((line) => line.algorithm === algorithm)
    const reference = runsOf(suite.algorithms.at(-1)!)
    return suite.algorithms.map((algorithm) => {
      const own = runsOf(algorithm)
      return {
        suite: suite.name,
        dimension,
        algorithm,
        runs: suite.functions.length * suite.instances,
        solved: own.filter(({ runtimes }) => runtimes.at(-1) !== null).length,
        area: area(own, suite.budget),
        ratio: ratioOf(own, reference),
      }
    })
  })
}

/** The share of all (run, target) pairs that had been reached after so many evaluations a dimension. */
export function reachedBy(lines: readonly Line[], evaluationsPerDimension: number): number {
  return overFunctions(lines, (runtime) => (runtime <= evaluationsPerDimension ? 1 : 0))
}

function area(lines: readonly Line[], budget: number): number {
  return overFunctions(lines, (runtime) => 1 - Math.max(0, Math.log(runtime)) / Math.log(budget))
}

/** What a runtime (a dimension) is worth; none is worth nothing. Functions weigh the same, however many runs they had. */
function overFunctions(lines: readonly Line[], worth: (runtime: number) => number): number {
  return mean(
    functionsOf(lines).map((number) => {
      const own = lines.filter((line) => line.function === number)
      return mean(
        own.flatMap(({ dimension, runtimes }) =>
          runtimes.map((runtime) => (runtime === null ? 0 : worth(runtime / dimension))),
        ),
      )
    }),
  )
}

function functionsOf(lines: readonly Line[]): number[] {
  return [...new Set(lines.map((line) => line.function))]
}

function ratioOf(own: readonly Line[], reference: readonly Line[]): Row['ratio'] {
  const ratios = functionsOf(own)
    .map((number) => expectedRuntime(own, number) / expectedRuntime(reference, number))
    .filter(Number.isFinite)
  if (ratios.length === 0) return null
  return {
    median: median(ratios),
    low: quantile(ratios, 0.25),
    high: quantile(ratios, 0.75),
    functions: ratios.length,
  }
}

/** All evaluations until the last target was reached or the run ended, over the runs that reached it. */
function expectedRuntime(lines: readonly Line[], number: number): number {
  const own = lines.filter((line) => line.function === number)
  const spent = own.reduce((sum, { runtimes, evaluations }) => sum + (runtimes.at(-1) ?? evaluations), 0)
  const successes = own.filter(({ runtimes }) => runtimes.at(-1) !== null).length
  return successes === 0 ? Number.NaN : spent / successes
}
