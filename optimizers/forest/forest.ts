/**
 * A random forest: trees that were each grown on a bootstrap sample. Its prediction has the mean of the trees, and by
 * the law of total variance the variance within their leaves plus that between them (Hutter et al. 2014, §4.3.2).
 */
import type { Rng } from '../rng.js'
import type { Point } from '../surrogate/encoding.js'
import type { Table } from './table.js'
import { growTree, leafAt, type Tree, type TreeSettings } from './tree.js'

export interface Forest {
  readonly trees: readonly Tree[]
}

export interface Prediction {
  readonly mean: number
  readonly variance: number
}

export interface ForestSettings extends TreeSettings {
  readonly trees: number
}

/**
 * `noise` are standard deviations of single values, of those that are known by a forecast: each tree sees another draw
 * of them. `streamOf` opens the random stream of a tree.
 */
export function growForest(
  table: Table,
  values: Float64Array,
  noise: Float64Array | undefined,
  settings: ForestSettings,
  streamOf: (tree: number) => Rng,
): Forest {
  const trees = Array.from({ length: settings.trees }, (_, t) => {
    const rng = streamOf(t)
    const weights = bootstrap(table.rows, rng)
    return growTree(table, weights, noise ? drawn(values, noise, rng) : values, settings, rng)
  })
  return { trees }
}

export function predict({ trees }: Forest, points: readonly Point[]): Prediction[] {
  const means = new Float64Array(trees.length)
  return points.map(({ columns }) => {
    let [mean, within, between] = [0, 0, 0]
    for (let t = 0; t < trees.length; t++) {
      const leaf = leafAt(trees[t]!, columns)
      means[t] = trees[t]!.mean[leaf]!
      mean += means[t]!
      within += trees[t]!.variance[leaf]!
    }
    mean /= trees.length
    for (let t = 0; t < trees.length; t++) between += (means[t]! - mean) ** 2
    return { mean, variance: (within + between) / trees.length }
  })
}

/**
 * The forest with pending points in its leaves. Their values are taken to be what the forest expects, so the trees
 * agree more there: the mean stays near, the variance shrinks.
 */
export function withPending(forest: Forest, pending: readonly Point[]): Forest {
  if (pending.length === 0) return forest
  const expected = predict(forest, pending)
  return {
    trees: forest.trees.map((tree) => {
      const [mean, variance, weight] = [tree.mean.slice(), tree.variance.slice(), tree.weight.slice()]
      for (const [i, { columns }] of pending.entries()) {
        const leaf = leafAt(tree, columns)
        const [before, away] = [weight[leaf]!, expected[i]!.mean - mean[leaf]!]
        weight[leaf] = before + 1
        mean[leaf]! += away / (before + 1)
        variance[leaf] = (before * variance[leaf]! + (before / (before + 1)) * away * away) / (before + 1)
      }
      return { ...tree, mean, variance, weight }
    }),
  }
}

/** How often each row is drawn, in as many draws as there are rows. */
function bootstrap(rows: number, rng: Rng): Float64Array {
  const weights = new Float64Array(rows)
  for (let i = 0; i < rows; i++) weights[rng.below(rows)]! += 1
  return weights
}

function drawn(values: Float64Array, noise: Float64Array, rng: Rng): Float64Array {
  return values.map((value, i) => (noise[i]! > 0 ? value + noise[i]! * rng.normal() : value))
}
