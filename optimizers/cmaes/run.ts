/** One run of CMA-ES, from a start until it stops: a generation of points gives the next distribution. */
import { type Categorical, openCategorical, updateCategorical } from './categorical.js'
import { type Constants, constantsFor } from './constants.js'
import type { Domain, Start } from './domain.js'
import { type Vector, zeros } from './eigen.js'
import { type Point, rankedWithWeights, type Weighed } from './generation.js'
import { type History, noHistory, withGeneration } from './history.js'
import { clippedStep } from './injection.js'
import { dampedUpdate, type LearningRate, openLearningRate } from './learning-rate.js'
import { centredOnCells, type Margin, type MarginRule, openMargin, withMarginCorrected } from './margin.js'
import type { Regime } from './restarts.js'
import { type Distribution, isotropic, update } from './update.js'

export interface Run {
  readonly constants: Constants
  readonly regime: Regime
  readonly sigma0: number
  /** Absent where every parameter is unordered. */
  readonly distribution?: Distribution
  readonly margin: Margin
  readonly choices: Categorical
  /** Present where learning rates adapt. */
  readonly rate?: LearningRate
  readonly history: History
}

export interface Terrain {
  readonly domain: Domain
  readonly marginRule: MarginRule
}

/** The first trust region of the probabilities: of names twice that of CatCMA, whose budgets are larger. */
const FIRST_DELTA = { named: 2, plain: 1 }

export function openRun(
  start: Start,
  sigma: number,
  regime: Regime,
  { adaptive, named }: { readonly adaptive: boolean; readonly named: boolean },
): Run {
  const n = start.mean.length
  const sigma0 = sigma * regime.sigmaFactor
  return {
    constants: constantsFor(Math.max(1, n), regime.lambda),
    regime,
    sigma0,
    ...(n > 0 && { distribution: isotropic(start.mean, sigma0) }),
    margin: openMargin(n),
    choices: openCategorical(start.q, named ? FIRST_DELTA.named : FIRST_DELTA.plain),
    ...(n > 0 && adaptive && { rate: openLearningRate(n) }),
    history: noHistory,
  }
}

export function afterGeneration(run: Run, terrain: Terrain, points: readonly Point[]): Run {
  const order = rankedWithWeights(points, run.constants)
  const parents = order.filter(({ weight }) => weight > 0).length
  const history = withGeneration(run.history, valuesOf(order), parents, run.constants)
  if (parents === 0) return { ...run, history }
  return {
    ...run,
    ...(run.distribution && moved(run, run.distribution, terrain, order, parents)),
    choices: chosen(run, terrain, order),
    history,
  }
}

function valuesOf(order: readonly Weighed[]): number[] {
  const values: number[] = []
  for (const { point } of order) if (point.verdict.kind === 'complete') values.push(point.verdict.value)
  return values
}

/**
 * Names learn from the worst points as well as from the best: choices are many, and a generation has few points. The
 * negative weights sum to −1, as the positive ones do to 1 (Akimoto et al. 2019, section 5).
 */
function chosen(run: Run, { domain, marginRule }: Terrain, order: readonly Weighed[]): Categorical {
  if (domain.categories.length === 0) return run.choices
  const negative = order.reduce((sum, { weight }) => sum + Math.min(0, weight), 0)
  const selected = order.flatMap(({ point, weight }) => {
    if (weight > 0) return [{ choices: point.c, weight }]
    return domain.named && weight < 0 ? [{ choices: point.c, weight: weight / -negative }] : []
  })
  return updateCategorical(run.choices, selected, marginRule.alpha)
}

type Moved = Pick<Run, 'distribution' | 'margin' | 'rate'>

function moved(
  run: Run,
  d: Distribution,
  terrain: Terrain,
  order: readonly Weighed[],
  parents: number,
): Moved {
  const { domain, marginRule } = terrain
  const cells = domain.axes.map((axis) => axis.cells)
  const discrete = cells.some((cell) => cell !== undefined)
  const near = order.map(({ point }) => pulledNear(point, d, run.margin))
  const centring =
    discrete && marginRule.stabilised ? centredOnCells(near.slice(0, parents), d.mean, cells) : undefined
  const points = centring ? [...centring.points, ...near.slice(parents)] : near
  const steps = points.map((x, i) => ({ y: stepTo(x, d, run.margin), weight: order[i]!.weight }))

  const { distribution, rate } = limited(run, d, update(d, run.constants, steps))
  if (!discrete) return { distribution, margin: run.margin, rate }
  const mutated = centring?.mutated ?? cells.map(() => true)
  const { mean, margin } = withMarginCorrected(distribution, run.margin, marginRule, cells, mutated)
  return { distribution: { ...distribution, mean }, margin, rate }
}

/** Slowed by the learning rate, where it adapts. */
function limited({ rate }: Run, d: Distribution, next: Distribution) {
  return rate ? dampedUpdate(d, next, rate) : { distribution: next, rate }
}

/** A foreign point, moved towards the mean where its step is too long. */
function pulledNear(point: Point, d: Distribution, { A }: Margin): Vector {
  if (point.native) return point.x
  const y = clippedStep(stepTo(point.x, d, { A }), d.eigen)
  return y.map((value, i) => d.mean[i]! + d.sigma * A[i]! * value)
}

/** y of x = m + σ A y. */
function stepTo(x: Vector, d: Distribution, { A }: Pick<Margin, 'A'>): number[] {
  const y = zeros(x.length)
  for (let i = 0; i < x.length; i++) y[i] = (x[i]! - d.mean[i]!) / (d.sigma * A[i]!)
  return y
}
