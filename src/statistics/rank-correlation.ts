/** Spearman's rank correlation: Pearson's of the ranks, ties at their mean rank. */
import { mean } from './describe.js'

/** NaN where one of the two has no order. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [centred(ranks(a)), centred(ranks(b))]
  const product = (u: readonly number[], v: readonly number[]) =>
    u.reduce((sum, value, i) => sum + value * v[i]!, 0)
  return product(x, y) / Math.sqrt(product(x, x) * product(y, y))
}

function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length
    const equal = values.filter((other) => other === value).length
    return below + (equal + 1) / 2
  })
}

function centred(values: readonly number[]): number[] {
  const centre = mean(values)
  return values.map((value) => value - centre)
}
