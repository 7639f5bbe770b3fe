/** The mathematics against the Python library `cmaes`, fed the same draws over many generations (golden/make.py). */
import { describe, expect, it } from 'vitest'
import { drawChoices, openCategorical, updateCategorical } from '../../../optimizers/cmaes/categorical.js'
import { constantsFor } from '../../../optimizers/cmaes/constants.js'
import type { Eigen } from '../../../optimizers/cmaes/eigen.js'
import { dampedUpdate, openLearningRate } from '../../../optimizers/cmaes/learning-rate.js'
import {
  type Cells,
  cellOf,
  centredOnCells,
  hamano2022,
  hamano2025,
  openMargin,
  withMarginCorrected,
} from '../../../optimizers/cmaes/margin.js'
import { type Distribution, isotropic, update } from '../../../optimizers/cmaes/update.js'
import categories from './golden/categories.json' with { type: 'json' }
import rates from './golden/learning-rate.json' with { type: 'json' }
import margin from './golden/margin.json' with { type: 'json' }
import normal from './golden/normal.json' with { type: 'json' }

const TOLERANCE = 1e-10

/** The library has the first version of equation (58). */
const theirs = (n: number, population: number) => ({ ...constantsFor(n, population, 0), eigenInterval: 1 })

describe('the normal distribution', () => {
  it.each(normal.cases)('equals cmaes over generations, n = $n', (golden) => {
    const k = theirs(golden.n, golden.population)
    let d = isotropic(new Array(golden.n).fill(golden.mean), golden.sigma)
    golden.draws.forEach((draws, g) => {
      d = update(d, k, ranked(d, draws, k.weights))
      closeTo(d.mean, golden.history[g]!.mean)
      closeTo([d.sigma], [golden.history[g]!.sigma])
    })
    sameNormal(d, golden.final)
  })

  it.each(rates.cases)('equals cmaes with an adaptive learning rate, n = $n', (golden) => {
    const k = theirs(golden.n, golden.population)
    let d = isotropic(new Array(golden.n).fill(golden.mean), golden.sigma)
    let rate = openLearningRate(golden.n)
    golden.draws.forEach((draws, g) => {
      const step = dampedUpdate(d, update(d, k, ranked(d, draws, k.weights)), rate)
      d = step.distribution
      rate = step.rate
      closeTo(d.mean, golden.history[g]!.mean)
      closeTo([d.sigma], [golden.history[g]!.sigma])
    })
    sameNormal(d, golden.final)
  })
})

describe('discrete parameters', () => {
  it('equal CMAwM: draws and margin of Hamano et al. (2022)', () => {
    const cells = margin.cells.map(cellsOf)
    const k = theirs(cells.length, margin.population)
    const rule = hamano2022(cells.length, margin.population)
    let d = isotropic(margin.mean, margin.sigma)
    let state = openMargin(cells.length)
    margin.draws.forEach((draws, g) => {
      const steps = draws.map((z) => symmetricStep(d.eigen, z))
      const values = steps.map((y) =>
        ellipsoid(d.mean.map((m, i) => onto(cells[i], m + state.A[i]! * d.sigma * y[i]!))),
      )
      d = update(d, k, byValue(steps, values, k.weights))
      const after = withMarginCorrected(
        d,
        state,
        rule,
        cells,
        cells.map(() => false),
      )
      d = { ...d, mean: after.mean }
      state = after.margin
      sameNormal(d, margin.history[g]!)
      closeTo(state.A, margin.history[g]!.A)
    })
    expect(rule.alpha).toBeCloseTo(margin.margin, 15)
  })

  it('equal CatCMAwM, categories included: Hamano et al. (2025)', () => {
    const cells = categories.cells.map(cellsOf)
    const k = theirs(cells.length, categories.population)
    const rule = hamano2025(3, categories.categories.length)
    let d = isotropic(categories.mean, categories.sigma)
    let state = openMargin(cells.length)
    let choices = openCategorical(categories.categories.map((count) => new Array(count).fill(1 / count)))
    categories.draws.forEach((draws, g) => {
      const points = draws.map((z) => {
        const y = symmetricStep(d.eigen, z)
        return d.mean.map((m, i) => m + d.sigma * state.A[i]! * y[i]!)
      })
      const chosen = categories.uniforms[g]!.map((uniforms) => drawChoices(choices, queue(uniforms)))
      const order = rank(
        points.map((x, p) => {
          const [first, second] = chosen[p]!
          return (
            ellipsoid(x.map((v, i) => onto(cells[i], v))) +
            3 * (first === 0 ? 0 : 1) +
            3 * 40 * (second === 0 ? 0 : 1)
          )
        }),
      )
      const sorted = order.map((p) => points[p]!)
      const { points: best, mutated } = centredOnCells(sorted.slice(0, k.mu), d.mean, cells)
      const steps = [...best, ...sorted.slice(k.mu)].map((x, i) => ({
        y: x.map((v, j) => (v - d.mean[j]!) / state.A[j]! / d.sigma),
        weight: k.weights[i]!,
      }))
      d = update(d, k, steps)
      const after = withMarginCorrected(d, state, rule, cells, mutated)
      d = { ...d, mean: after.mean }
      state = after.margin
      const selected = order.slice(0, k.mu).map((p, i) => ({ choices: chosen[p]!, weight: k.weights[i]! }))
      choices = updateCategorical(choices, selected, rule.alpha)

      const golden = categories.history[g]!
      sameNormal(d, golden)
      closeTo(state.A, golden.A)
      closeTo(state.mutation.slice(3), golden.mutation)
      for (const [i, row] of choices.q.entries()) closeTo(row, golden.q[i]!.slice(0, row.length))
      closeTo([...choices.s, choices.gamma, choices.Delta], [...golden.s, golden.gamma, golden.Delta])
    })
  })
})

function ranked(d: Distribution, draws: number[][], weights: readonly number[]) {
  const steps = draws.map((z) => symmetricStep(d.eigen, z))
  return byValue(
    steps,
    steps.map((y) => ellipsoid(d.mean.map((m, i) => m + d.sigma * y[i]!))),
    weights,
  )
}

function byValue(steps: number[][], values: number[], weights: readonly number[]) {
  return rank(values).map((p, i) => ({ y: steps[p]!, weight: weights[i]! }))
}

function rank(values: number[]): number[] {
  return values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!)
}

/** C^(1/2) z = B D Bᵀ z. */
function symmetricStep({ B, D }: Eigen, z: number[]): number[] {
  const n = z.length
  const inner = D.map((length, j) => {
    let sum = 0
    for (let i = 0; i < n; i++) sum += B[i * n + j]! * z[i]!
    return sum * length
  })
  return z.map((_, i) => {
    let sum = 0
    for (let j = 0; j < n; j++) sum += B[i * n + j]! * inner[j]!
    return sum
  })
}

function ellipsoid(x: ArrayLike<number>): number {
  const n = x.length
  let sum = 0
  let squares = 0
  for (let i = 0; i < n; i++) {
    sum += x[i]!
    squares += 10 ** ((3 * i) / Math.max(1, n - 1)) * (x[i]! - 1) ** 2
  }
  return squares + sum ** 2
}

function cellsOf(values: number[] | null): Cells | undefined {
  if (values === null) return undefined
  return { centres: values, thresholds: values.slice(1).map((v, i) => (v + values[i]!) / 2) }
}

function onto(cells: Cells | undefined, v: number): number {
  return cells ? cells.centres[cellOf(cells, v)]! : v
}

function queue(uniforms: number[]) {
  const left = [...uniforms]
  return { uniform: () => left.shift()!, normal: () => 0, below: () => 0 }
}

type NormalState = { mean: number[]; sigma: number; C: number[]; pSigma: number[]; pC: number[] }

function sameNormal(d: Distribution, golden: NormalState) {
  const n = d.mean.length
  closeTo(d.mean, golden.mean)
  closeTo([d.sigma], [golden.sigma])
  closeTo(d.pSigma, golden.pSigma)
  closeTo(d.pC, golden.pC)
  closeTo(lowerTriangle(d.C, n), golden.C)
}

function lowerTriangle(C: readonly number[], n: number): number[] {
  return Array.from({ length: n }, (_, i) => C.slice(i * n, i * n + i + 1)).flat()
}

/** Relative to the largest entry: a vector's small entries carry its rounding. */
function closeTo(actual: ArrayLike<number>, golden: readonly number[]) {
  expect(actual.length).toBe(golden.length)
  const scale = Math.max(...golden.map(Math.abs), Number.MIN_VALUE)
  for (let i = 0; i < golden.length; i++) {
    expect(Math.abs(actual[i]! - golden[i]!) / scale).toBeLessThan(TOLERANCE)
  }
}
