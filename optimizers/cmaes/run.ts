/** One run of CMA-ES, from a start until it stops: a generation of points goes in, the next distribution comes out. */
import { type Categorical, categorical, updateCategorical } from './categorical.js'
import { type Constants, constants } from './constants.js'
import type { Domain, Start } from './domain.js'
import { type Point, type Weighed, weighed } from './generation.js'
import { clipped } from './injection.js'
import { damped, type LearningRate, learningRate } from './learning-rate.js'
import { centred, corrected, type Margin, type MarginRule, openMargin } from './margin.js'
import type { Regime } from './restarts.js'
import { type History, lengthened, noHistory } from './stopping.js'
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

export function openRun(start: Start, sigma: number, regime: Regime, adaptive: boolean): Run {
  const n = start.mean.length
  const sigma0 = sigma * regime.sigmaFactor
  return {
    constants: constants(Math.max(1, n), regime.lambda),
    regime,
    sigma0,
    ...(n > 0 && { distribution: isotropic(Float64Array.from(start.mean), sigma0) }),
    margin: openMargin(n),
    choices: categorical(start.q),
    ...(n > 0 && adaptive && { rate: learningRate(n) }),
    history: noHistory,
  }
}

export function evolved(run: Run, terrain: Terrain, points: readonly Point[]): Run {
  const order = weighed(points, run.constants)
  const values = order.flatMap(({ verdict }) => (verdict.kind === 'complete' ? [verdict.value] : []))
  const parents = order.filter(({ weight }) => weight > 0).length
  return {
    ...run,
    ...(run.distribution && parents > 0 && moved(run, run.distribution, terrain, order, parents)),
    choices: chosen(run, terrain, order.slice(0, parents)),
    history: lengthened(run.history, values, parents, run.constants),
  }
}

function chosen(run: Run, { domain, marginRule }: Terrain, parents: readonly Weighed[]): Categorical {
  if (domain.categories.length === 0) return run.choices
  const selected = parents.map(({ c, weight }) => ({ choices: c, weight }))
  return updateCategorical(run.choices, selected, marginRule.alpha)
}

function moved(
  run: Run,
  d: Distribution,
  { domain, marginRule }: Terrain,
  order: readonly Weighed[],
  parents: number,
): Pick<Run, 'distribution' | 'margin' | 'rate'> {
  const cells = domain.axes.map((axis) => axis.cells)
  const discrete = cells.some((cell) => cell !== undefined)
  const near = order.map((point) => pulledNear(point, d, run.margin))
  const centring =
    discrete && marginRule.stabilised ? centred(near.slice(0, parents), d.mean, cells) : undefined
  const points = centring ? [...centring.points, ...near.slice(parents)] : near
  const steps = points.map((x, i) => ({ y: stepTo(x, d, run.margin), weight: order[i].weight }))

  const next = update(d, run.constants, steps)
  const { distribution, rate } = run.rate
    ? damped(d, next, run.rate)
    : { distribution: next, rate: undefined }
  if (!discrete) return { distribution, margin: run.margin, rate }
  const mutated = centring?.mutated ?? cells.map(() => true)
  const { mean, margin } = corrected(distribution, run.margin, marginRule, cells, mutated)
  return { distribution: { ...distribution, mean }, margin, rate }
}

/** A point from elsewhere as near as injection wants it. */
function pulledNear(point: Point, d: Distribution, { A }: Pick<Margin, 'A'>): Float64Array {
  const x = Float64Array.from(point.x)
  if (point.native) return x
  const y = clipped(stepTo(x, d, { A }), d.eigen)
  return x.map((_, i) => d.mean[i] + d.sigma * A[i] * y[i])
}

/** y of x = m + σ A y. */
function stepTo(x: Float64Array, d: Distribution, { A }: Pick<Margin, 'A'>): Float64Array {
  const y = new Float64Array(x.length)
  for (let i = 0; i < x.length; i++) y[i] = (x[i] - d.mean[i]) / (d.sigma * A[i])
  return y
}
