/**
 * CMA-ES over a domain of ℝⁿ and choices, point by point.
 *
 *   beginStrategy → draw, draw, … (the points are evaluated, and end in any order) → observePoint, observePoint, …
 *
 * Drawing never changes the state. `observePoint` gathers points until they make a generation, then updates the
 * distribution, and begins the next run if this one has stopped.
 */
import { stream } from '../rng.js'
import { defaultPopulation } from './constants.js'
import type { Domain, ForeignGenotype, Genotype, Start } from './domain.js'
import { isComplete, type Point, type Verdict } from './generation.js'
import { hamano2022, hamano2025, type MarginRule } from './margin.js'
import { firstRegime, nextRegime, type Regime, type RestartPolicy, type Spent } from './restarts.js'
import { afterGeneration, openRun, type Run } from './run.js'
import { drawsOf } from './sampling.js'
import { type StopReason, stopReason } from './stopping.js'
import { noPrior, type Prior, warmStart, withEarlierTrial } from './warm-start.js'

export interface Settings {
  readonly domain: Domain
  readonly seed: number
  readonly sigma: number
  /** Null for 4 + ⌊3 ln n⌋, made even where pairs are drawn. */
  readonly population: number | null
  readonly sampling: 'mirrored' | 'independent'
  readonly margin: 'hamano-2022' | 'hamano-2025'
  readonly learningRate: 'fixed' | 'adaptive'
  readonly restarts: RestartPolicy
  /** The start of the run with this number; 0 is the first. */
  readonly start: (run: number) => Start
}

export interface Strategy {
  readonly settings: Settings
  readonly run: Run
  /** Runs that have stopped, in order. */
  readonly ended: readonly Ended[]
  /** Why the last run has stopped, if there are no restarts: then nothing changes any more. */
  readonly stopped?: StopReason
  /** How often the present run's distribution has changed. It says from which distribution a point was drawn. */
  readonly epoch: number
  /** Points observed since the last change, and how many points the present run has observed in all. */
  readonly points: readonly Point[]
  readonly evaluations: number
  /** Present until the first point of its own is observed. */
  readonly prior?: Prior
}

/** A run that has stopped. */
export interface Ended extends Spent {
  readonly reason: StopReason
  readonly best: number | null
}

export interface Origin {
  readonly run: number
  readonly epoch: number
}

export type ObservedPoint =
  | { readonly origin: Origin; readonly genotype: Genotype; readonly verdict: Verdict }
  | { readonly origin: null; readonly genotype: ForeignGenotype; readonly verdict: Verdict }

const RESTARTS = 0x7e57a27

export function beginStrategy(settings: Settings): Strategy {
  const run = runFrom(settings, settings.start(0), firstRegimeOf(settings))
  return { settings, run, ended: [], epoch: 0, points: [], evaluations: 0, prior: noPrior }
}

export function originOf({ ended, epoch }: Strategy): Origin {
  return { run: ended.length, epoch }
}

/** Gives the draws for the trial of this number, one after the other while they are refused. */
export function drawsFor({ run, settings }: Strategy, number: number): () => Genotype {
  const mirrored = settings.sampling === 'mirrored'
  return drawsOf(run, settings.domain.axes, { seed: settings.seed, number, mirrored })
}

/**
 * Changes the strategy's points in place: use what it returns. A point of an earlier distribution of this run, or of
 * no run at all, is injected. A point of an earlier run is ignored.
 */
export function observePoint(strategy: Strategy, observed: ObservedPoint): Strategy {
  if (strategy.stopped !== undefined || (observed.origin && observed.origin.run !== strategy.ended.length))
    return strategy
  const point = pointOf(strategy, observed)
  if (observed.origin === null && isIdle(strategy, point)) return strategy
  const next: Strategy = {
    ...strategy,
    points: appendPoint(strategy.points, point),
    evaluations: strategy.evaluations + 1,
    prior: observed.origin === null ? strategy.prior : undefined,
  }
  if (next.prior) return warmStarted(next, next.prior, observed)
  return isComplete(next.points, next.run.constants) ? withGenerationComplete(next) : next
}

function pointOf({ run, epoch }: Strategy, { origin, genotype, verdict }: ObservedPoint): Point {
  const { x, c } = genotype
  if (origin) return { x, c, native: origin.epoch === epoch, verdict }
  const known = x.map((value, i) => (Number.isNaN(value) ? run.distribution!.mean[i]! : value))
  return { x: known, c, native: false, verdict }
}

/**
 * A foreign point that would only take a rank from others: a failure, which has no weight, or a copy of a point in this
 * generation, which would count it twice.
 */
function isIdle({ points }: Strategy, { x, c, verdict }: Point): boolean {
  const isCopy = (other: Point) => x.every((v, i) => v === other.x[i]) && c.every((v, i) => v === other.c[i])
  return verdict.kind === 'failed' || points.some(isCopy)
}

/** In place, so that a generation of λ points does not cost λ² copies. */
function appendPoint(points: readonly Point[], point: Point): readonly Point[] {
  ;(points as Point[]).push(point)
  return points
}

/** Before the first point of its own: trials of others may decide where the run begins. */
function warmStarted(strategy: Strategy, before: Prior, { genotype, verdict }: ObservedPoint): Strategy {
  if (verdict.kind !== 'complete') return strategy
  const { settings, run, epoch } = strategy
  const prior = withEarlierTrial(before, { ...genotype, value: verdict.value })
  const start = warmStart(prior, settings.start(0))
  if (!start) return { ...strategy, prior }
  const begun = runFrom(settings, start, run.regime)
  return { ...strategy, run: begun, epoch: epoch + 1, points: [], prior }
}

function withGenerationComplete(strategy: Strategy): Strategy {
  const { settings, points, epoch } = strategy
  const run = afterGeneration(
    strategy.run,
    { domain: settings.domain, marginRule: marginRule(settings) },
    points,
  )
  const next = { ...strategy, run, epoch: epoch + 1, points: [] }
  const reason = stopReason(run, settings.domain)
  if (reason === undefined) return next
  return settings.restarts === 'none' ? { ...next, stopped: reason } : restarted(next, reason)
}

function restarted({ settings, run, ended, evaluations }: Strategy, reason: StopReason): Strategy {
  const { kind } = run.regime
  const before = [...ended, { kind, reason, evaluations, best: run.history.record.value }]
  const rng = stream(settings.seed, before.length, RESTARTS)
  const regime = nextRegime(settings.restarts, before, firstRegimeOf(settings), rng)
  const begun = runFrom(settings, settings.start(before.length), regime)
  return { settings, run: begun, ended: before, epoch: 0, points: [], evaluations: 0 }
}

function firstRegimeOf({ domain, population, sampling }: Settings) {
  const usual = defaultPopulation(domain.axes.length + domain.categories.length)
  const even = sampling === 'mirrored' ? usual + (usual % 2) : usual
  return firstRegime(domain.axes.length, population ?? even)
}

function runFrom({ sigma, learningRate, domain }: Settings, start: Start, regime: Regime): Run {
  return openRun(start, sigma, regime, {
    adaptive: learningRate === 'adaptive',
    named: domain.named === true,
  })
}

function marginRule({ domain, margin, ...settings }: Settings): MarginRule {
  const discrete = domain.axes.filter(({ cells }) => cells !== undefined).length
  if (margin === 'hamano-2025') return hamano2025(discrete, domain.categories.length)
  return hamano2022(
    domain.axes.length + domain.categories.length,
    firstRegimeOf({ domain, margin, ...settings }).lambda,
  )
}
