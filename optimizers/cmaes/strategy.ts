/**
 * CMA-ES over a domain of ℝⁿ and choices, asked and told point by point.
 *
 *   begin → drawn, drawn, … (they run, and end in any order) → learn, learn, …
 *
 * Drawing reads the state and never changes it. `learn` gathers points until they make a generation, updates the
 * distribution, and begins the next run where this one has stopped.
 */
import { stream } from '../rng.js'
import { defaultPopulation } from './constants.js'
import type { Domain, ForeignGenotype, Genotype, Start } from './domain.js'
import { isComplete, type Point, type Verdict } from './generation.js'
import { hamano2022, hamano2025, type MarginRule } from './margin.js'
import { firstRegime, nextRegime, type RestartPolicy, type Spent } from './restarts.js'
import { evolved, openRun, type Run } from './run.js'
import { draws } from './sampling.js'
import { type StopReason, stopReason } from './stopping.js'
import { noPrior, type Prior, remembered, warmStart } from './warm-start.js'

export interface Settings {
  readonly domain: Domain
  readonly seed: number
  readonly sigma: number
  /** Null: 4 + ⌊3 ln n⌋, made even where pairs are drawn. */
  readonly population: number | null
  readonly sampling: 'mirrored' | 'independent'
  readonly margin: 'hamano-2022' | 'hamano-2025'
  readonly learningRate: 'fixed' | 'adaptive'
  readonly restarts: RestartPolicy
  /** Where the run of this number begins; 0 is the first. */
  readonly start: (run: number) => Start
}

export interface Strategy {
  readonly settings: Settings
  readonly run: Run
  /** Runs that have stopped, in order. */
  readonly ended: readonly Ended[]
  /** Why the last run has stopped, where there are no restarts: nothing changes any more. */
  readonly stopped?: StopReason
  /** How often the present run's distribution has changed: tells from which a point was drawn. */
  readonly epoch: number
  /** What was told since then; how much the present run was told in all. */
  readonly points: readonly Point[]
  readonly evaluations: number
  /** Present until the first point of its own is told. */
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

export type Told =
  | { readonly origin: Origin; readonly genotype: Genotype; readonly verdict: Verdict }
  | { readonly origin: null; readonly genotype: ForeignGenotype; readonly verdict: Verdict }

const RESTARTS = 0x7e57a27

export function begin(settings: Settings): Strategy {
  const run = openRun(settings.start(0), settings.sigma, first(settings), isAdaptive(settings))
  return { settings, run, ended: [], epoch: 0, points: [], evaluations: 0, prior: noPrior }
}

export function origin({ ended, epoch }: Strategy): Origin {
  return { run: ended.length, epoch }
}

/** The draws for the trial of this number, for as long as somebody refuses them. */
export function drawsFor({ run, settings }: Strategy, number: number): () => Genotype {
  const mirrored = settings.sampling === 'mirrored'
  return draws(run, settings.domain.axes, { seed: settings.seed, number, mirrored })
}

/**
 * Takes the strategy over: use what it returns. A point of this distribution is told as such; one of an earlier
 * distribution of this run, or of no run at all, is injected; one of an earlier run says nothing about this one.
 */
export function learn(strategy: Strategy, told: Told): Strategy {
  if (strategy.stopped !== undefined || (told.origin && told.origin.run !== strategy.ended.length))
    return strategy
  const point = pointOf(strategy, told)
  if (told.origin === null && isIdle(strategy, point)) return strategy
  const next: Strategy = {
    ...strategy,
    points: append(strategy.points, point),
    evaluations: strategy.evaluations + 1,
    prior: told.origin === null ? strategy.prior : undefined,
  }
  if (next.prior) return readied(next, next.prior, told)
  return isComplete(next.points, next.run.constants) ? advanced(next) : next
}

function pointOf({ run, epoch }: Strategy, { origin, genotype, verdict }: Told): Point {
  const { x, c } = genotype
  if (origin) return { x, c, native: origin.epoch === epoch, verdict }
  const known = x.map((value, i) => (Number.isNaN(value) ? run.distribution!.mean[i]! : value))
  return { x: known, c, native: false, verdict }
}

/**
 * A foreign point that would only take a rank away: a failure, which can have no weight; or one that is in this
 * generation already, whose copies would outvote the rest.
 */
function isIdle({ points }: Strategy, { x, c, verdict }: Point): boolean {
  const isCopy = (other: Point) => x.every((v, i) => v === other.x[i]) && c.every((v, i) => v === other.c[i])
  return verdict.kind === 'failed' || points.some(isCopy)
}

/** In place: a generation of λ points must not cost λ² copies. */
function append(points: readonly Point[], point: Point): readonly Point[] {
  ;(points as Point[]).push(point)
  return points
}

/** No point of its own was told yet: the earlier trials of others may decide where to begin. */
function readied(strategy: Strategy, before: Prior, { genotype, verdict }: Told): Strategy {
  if (verdict.kind !== 'complete') return strategy
  const { settings, run, epoch } = strategy
  const prior = remembered(before, { ...genotype, value: verdict.value })
  const start = warmStart(prior, settings.start(0))
  if (!start) return { ...strategy, prior }
  const begun = openRun(start, settings.sigma, run.regime, isAdaptive(settings))
  return { ...strategy, run: begun, epoch: epoch + 1, points: [], prior }
}

function advanced(strategy: Strategy): Strategy {
  const { settings, points, epoch } = strategy
  const run = evolved(strategy.run, { domain: settings.domain, marginRule: marginRule(settings) }, points)
  const next = { ...strategy, run, epoch: epoch + 1, points: [] }
  const reason = stopReason(run, settings.domain)
  if (reason === undefined) return next
  return settings.restarts === 'none' ? { ...next, stopped: reason } : restarted(next, reason)
}

function restarted({ settings, run, ended, evaluations }: Strategy, reason: StopReason): Strategy {
  const { kind } = run.regime
  const before = [...ended, { kind, reason, evaluations, best: run.history.record.value }]
  const rng = stream(settings.seed, before.length, RESTARTS)
  const regime = nextRegime(settings.restarts, before, first(settings), rng)
  const begun = openRun(settings.start(before.length), settings.sigma, regime, isAdaptive(settings))
  return { settings, run: begun, ended: before, epoch: 0, points: [], evaluations: 0 }
}

function first({ domain, population, sampling }: Settings) {
  const usual = defaultPopulation(domain.axes.length + domain.categories.length)
  const even = sampling === 'mirrored' ? usual + (usual % 2) : usual
  return firstRegime(domain.axes.length, population ?? even)
}

function isAdaptive({ learningRate }: Settings): boolean {
  return learningRate === 'adaptive'
}

function marginRule({ domain, margin, ...settings }: Settings): MarginRule {
  const discrete = domain.axes.filter(({ cells }) => cells !== undefined).length
  if (margin === 'hamano-2025') return hamano2025(discrete, domain.categories.length)
  return hamano2022(
    domain.axes.length + domain.categories.length,
    first({ domain, margin, ...settings }).lambda,
  )
}
