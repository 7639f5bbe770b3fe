/**
 * The categorical half of the search distribution: a probability for every choice, learned by the adaptive stochastic
 * natural gradient. A margin keeps every probability above zero.
 *
 * Akimoto et al. (2019), Adaptive Stochastic Natural Gradient Method for One-Shot Neural Architecture Search, ICML.
 * Hamano et al. (2025), CatCMA with Margin, arXiv:2504.07884.
 */
import type { Rng } from '../rng.js'

export interface Categorical {
  /** One row of probabilities per parameter. */
  readonly q: readonly (readonly number[])[]
  /** The accumulated natural gradient, and the norm that it would have if there were no signal in it. */
  readonly s: readonly number[]
  readonly gamma: number
  /** The signal's inverse: the trust region is δ = 1/Δ. */
  readonly Delta: number
  readonly delta: number
}

/** A row of choices and its recombination weight; null where the parameter is inactive or unknown. */
export interface WeightedChoices {
  readonly choices: readonly (number | null)[]
  readonly weight: number
}

const SIGNAL_TO_NOISE = 1.5

export function openCategorical(q: readonly (readonly number[])[], delta = 1): Categorical {
  const degrees = q.reduce((sum, row) => sum + row.length - 1, 0)
  return { q, s: new Array(degrees).fill(0), gamma: 0, Delta: 1 / delta, delta }
}

export function drawChoices(state: Categorical, rng: Rng): number[] {
  return state.q.map((row) => {
    let left = rng.uniform()
    for (let k = 0; k < row.length - 1; k++) {
      left -= row[k]!
      if (left < 0) return k
    }
    return row.length - 1
  })
}

/** `margin` is α: the chance that a parameter's less likely choices share between them. */
export function updateCategorical(
  state: Categorical,
  selected: readonly WeightedChoices[],
  margin: number,
): Categorical {
  const gradient = state.q.map((row, i) => naturalGradient(row, i, selected))
  const whitened = state.q.flatMap((row, i) => rootFisher(row, gradient[i]!))
  const length = Math.sqrt(whitened.reduce((sum, g) => sum + g * g, 0))
  if (length === 0) return state
  const step = state.delta / (length + 1e-8)
  const q = state.q.map((row, i) =>
    withMargin(
      row.map((p, k) => p + step * gradient[i]![k]!),
      margin / (row.length - 1),
    ),
  )
  const delta = 1 / state.Delta
  const beta = delta / Math.sqrt(whitened.length)
  const gain = Math.sqrt(beta * (2 - beta)) / length
  const s = state.s.map((value, j) => (1 - beta) * value + gain * whitened[j]!)
  const gamma = (1 - beta) ** 2 * state.gamma + beta * (2 - beta)
  const signal = s.reduce((sum, value) => sum + value * value, 0) / SIGNAL_TO_NOISE
  return { q, s, gamma, Delta: state.Delta * Math.exp(beta * (gamma - signal)), delta }
}

/** Σ w (e_choice − q). */
function naturalGradient(row: readonly number[], i: number, selected: readonly WeightedChoices[]): number[] {
  const gradient = new Array<number>(row.length).fill(0)
  for (const { choices, weight } of selected) {
    if (choices[i] === null) continue
    for (let k = 0; k < row.length; k++) gradient[k]! += weight * ((k === choices[i] ? 1 : 0) - row[k]!)
  }
  return gradient
}

/** √F g of one parameter, in its first K − 1 components (Akimoto et al. 2019, appendix B). */
function rootFisher(row: readonly number[], gradient: readonly number[]): number[] {
  const last = row[row.length - 1]!
  const free = gradient.slice(0, -1)
  const sum = free.reduce((total, g) => total + g, 0)
  return free.map((g, k) => g / Math.sqrt(row[k]!) + (Math.sqrt(row[k]!) * sum) / (last + Math.sqrt(last)))
}

/** Raises every choice to `least`; the others pay for it in proportion to their excess. */
function withMargin(row: readonly number[], least: number): number[] {
  const raised = row.map((p) => Math.max(p, least))
  const total = raised.reduce((sum, p) => sum + p, 0)
  const excess = total - least * row.length
  const lowered = raised.map((p) => p - ((total - 1) * (p - least)) / excess)
  const sum = lowered.reduce((a, p) => a + p, 0)
  return lowered.map((p) => p / sum)
}
