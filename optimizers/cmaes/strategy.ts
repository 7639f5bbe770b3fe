/**
 * CMA-ES over a domain of ℝⁿ and choices, asked and told point by point.
 *
 *   begin → draw, draw, … (they run, in any order) → learn, learn, …
 *
 * `draw` reads and never changes the state. `learn` gathers points until they make a generation, updates the
 * distribution, and begins the next run where this one has stopped.
 */
import { type Rng, stream } from '../rng.js'
import { defaultPopulation } from './constants.js'
import type { Domain, ForeignGenotype, Genotype, Start } from './domain.js'
import type { Point, Verdict } from './generation.js'
import { type Ended, firstRegime, nextRegime, type Regime, type RestartPolicy } from './restarts.js'
import { evolved, openRun, type Run } from './run.js'
import { draw } from './sampling.js'
import { stopReason } from './stopping.js'

export interface Settings {
  readonly domain: Domain
  readonly sigma: number
  /** Default: 4 + ⌊3 ln n⌋. */
  readonly population?: number
  readonly restarts: RestartPolicy
  readonly adaptiveLearningRate: boolean
  /** Where the run of this number begins; 0 is the first. */
  readonly start: (run: number) => Start
  readonly seed: number
}

export interface Strategy {
  readonly settings: Settings
  readonly regime: Regime
  readonly run: Run
  /** Runs that have stopped, in order. */
  readonly ended: readonly Ended[]
  /** Points of the present generation, as they were told; and how many the present run was told. */
  readonly points: readonly Point[]
  readonly evaluations: number
}

/** From which distribution a point was drawn. */
export interface Origin {
  readonly run: number
  readonly generation: number
}

export type Told =
  | { readonly origin: Origin; readonly genotype: Genotype; readonly verdict: Verdict }
  | { readonly origin?: undefined; readonly genotype: ForeignGenotype; readonly verdict: Verdict }

const RESTART_STREAM = 0x7e57a27

export function begin(settings: Settings): Strategy {
  const { domain, population, sigma, start, adaptiveLearningRate } = settings
  const dimensions = domain.axes.length + domain.categories.length
  const regime = firstRegime(domain.axes.length, population ?? defaultPopulation(dimensions))
  const run = openRun(start(0), sigma, regime, adaptiveLearningRate)
  return { settings, regime, run, ended: [], points: [], evaluations: 0 }
}

export function origin({ ended, run }: Strategy): Origin {
  return { run: ended.length, generation: run.history.generations }
}

export function drawn({ run, settings }: Strategy, rng: Rng): Genotype {
  return draw(run.distribution, run.margin, run.choices, settings.domain.axes, rng)
}

export function learn(strategy: Strategy, told: Told): Strategy {
  const here = origin(strategy)
  if (told.origin && told.origin.run !== here.run) return strategy
  const native = told.origin !== undefined && told.origin.generation === here.generation
  const x = told.genotype.x.map((value, i) =>
    Number.isNaN(value) ? strategy.run.distribution!.mean[i] : value,
  )
  const points = [...strategy.points, { x, c: told.genotype.c, native, verdict: told.verdict }]
  const next = { ...strategy, points, evaluations: strategy.evaluations + 1 }
  return points.length < strategy.run.constants.lambda ? next : advanced(next)
}

function advanced(strategy: Strategy): Strategy {
  const { settings, points } = strategy
  const run = evolved(strategy.run, settings.domain, points)
  const next = { ...strategy, run, points: [] }
  if (settings.restarts === 'none') return next
  const reason = stopReason({ ...run, domain: settings.domain })
  return reason ? restarted(next, { reason, best: run.history.record.value }) : next
}

function restarted(strategy: Strategy, { reason, best }: Pick<Ended, 'reason' | 'best'>): Strategy {
  const { settings, regime, evaluations } = strategy
  const ended = [...strategy.ended, { kind: regime.kind, reason, evaluations, best }]
  const rng = stream(settings.seed, RESTART_STREAM, ended.length)
  const first = begin(settings).regime
  const next = nextRegime(settings.restarts, ended, first, rng)
  const run = openRun(settings.start(ended.length), settings.sigma, next, settings.adaptiveLearningRate)
  return { settings, regime: next, run, ended, points: [], evaluations: 0 }
}
