/** The weights of observations in their density, and of the prior, which comes last. Watanabe (2023), section 3.2. */
import type { History } from './history.js'
import type { TpeOptions } from './options.js'

/** From rows in the order of their arrival, and the number of pending points behind them, to weights. */
export type Weigh = (rows: Int32Array, more: number) => Float64Array

/** The youngest observations that count in full under `recency`; the weights of older ones fall with age. */
const YOUNG = 25

export function weightsByOption({ weights, priorWeight }: TpeOptions): Weigh {
  return (rows, more) => {
    const n = rows.length + more
    const all = new Float64Array(n + 1).fill(1)
    const old = n - YOUNG
    if (weights === 'recency')
      for (let i = 0; i < old; i++) all[i] = 1 / n + (old > 1 ? ((1 - 1 / n) * i) / (old - 1) : 0)
    all[n] = n === 0 ? 1 : priorWeight
    return all
  }
}

/**
 * By each trial's improvement on the best trial that is not good; the prior has the mean weight times `priorWeight`.
 */
export function weightsByImprovement(history: History, good: number, options: TpeOptions): Weigh {
  if (options.weights !== 'improvement') return weightsByOption(options)
  const { values, steps, ranked, succeeded } = history
  const threshold =
    good < succeeded && steps[ranked[good]!] === Infinity ? values[ranked[good]!]! : Number.NaN
  const gain = threshold / 2 - values[ranked[0]!]! / 2
  if (!(gain > 0)) return weightsByOption(options)
  return (rows) => {
    const all = new Float64Array(rows.length + 1)
    let sum = 0
    for (let i = 0; i < rows.length; i++) {
      all[i] = Math.max(1e-12, (threshold / 2 - values[rows[i]!]! / 2) / gain)
      sum += all[i]!
    }
    all[rows.length] = rows.length === 0 ? 1 : (options.priorWeight * sum) / rows.length
    return all
  }
}
