/**
 * One run of CMA-ES: from a start until it stops. A generation of points goes in, the next distribution comes out.
 */
import { type Categorical, categorical, updateCategorical } from './categorical.js'
import { type Constants, constants } from './constants.js'
import type { Domain, Start } from './domain.js'
import { type Point, ranked } from './generation.js'
import { clipped } from './injection.js'
import { damped, type LearningRate, learningRate } from './learning-rate.js'
import { centred, corrected, hamano2025, type Margin, marginOf, openMargin } from './margin.js'
import type { Regime } from './restarts.js'
import { type History, lengthened, noHistory } from './stopping.js'
import { type Distribution, isotropic, update, type Weighted } from './update.js'

export interface Run {
  readonly constants: Constants
  readonly sigma0: number
  readonly maxGenerations: number
  /** Absent where every parameter is unordered. */
  readonly distribution?: Distribution
  readonly margin: Margin
  readonly choices: Categorical
  /** Present where learning rates adapt. */
  readonly rate?: LearningRate
  readonly history: History
}

export function openRun(start: Start, sigma: number, regime: Regime, adaptive: boolean): Run {
  const n = start.mean.length
  const sigma0 = sigma * regime.sigmaFactor
  return {
    constants: constants(Math.max(1, n), regime.lambda),
    sigma0,
    maxGenerations: regime.maxGenerations,
    ...(n > 0 && { distribution: isotropic(Float64Array.from(start.mean), sigma0) }),
    margin: openMargin(n),
    choices: categorical(start.q),
    ...(adaptive && n > 0 && { rate: learningRate(n) }),
    history: noHistory,
  }
}

export function evolved(run: Run, domain: Domain, points: readonly Point[]): Run {
  const order = ranked(points, run.constants)
  const values = order.flatMap(({ verdict }) => (verdict.kind === 'complete' ? [verdict.value] : []))
  const history = lengthened(run.history, values, run.constants)
  const positive = order.filter(({ weight }) => weight > 0)
  if (positive.length === 0) return { ...run, history }
  const alpha = marginOf(discreteAxes(domain), domain.categories.length)
  const choices =
    domain.categories.length > 0
      ? updateCategorical(
          run.choices,
          positive.map(({ c, weight }) => ({ choices: c, weight })),
          alpha,
        )
      : run.choices
  return { ...run, ...(run.distribution && moved(run, run.distribution, domain, order)), choices, history }
}

function discreteAxes({ axes }: Domain): number {
  return axes.filter(({ cells }) => cells !== undefined).length
}

function moved(run: Run, d: Distribution, domain: Domain, order: readonly (Point & { weight: number })[]) {
  const cells = domain.axes.map((axis) => axis.cells)
  const { A } = run.margin
  const stepTo = (x: ArrayLike<number>) => d.mean.map((m, i) => (x[i] - m) / (d.sigma * A[i]))
  const near = order.map((point) => {
    if (point.native) return Float64Array.from(point.x)
    const y = clipped(stepTo(point.x), d.eigen)
    return d.mean.map((m, i) => m + d.sigma * A[i] * y[i])
  })
  const parents = order.filter(({ weight }) => weight > 0).length
  const { points, mutated } = centred(near.slice(0, parents), d.mean, cells)
  const steps: Weighted[] = [...points, ...near.slice(parents)].map((x, i) => ({
    y: stepTo(x),
    weight: order[i].weight,
  }))
  const next = update(d, run.constants, steps)
  const { distribution, rate } = run.rate
    ? damped(d, next, run.rate)
    : { distribution: next, rate: undefined }
  if (!cells.some(Boolean)) return { distribution, ...(rate && { rate }) }
  const after = corrected(
    distribution,
    run.margin,
    hamano2025(discreteAxes(domain), domain.categories.length),
    cells,
    mutated,
  )
  return { distribution: { ...distribution, mean: after.mean }, margin: after.margin, ...(rate && { rate }) }
}
