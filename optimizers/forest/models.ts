/**
 * The forests of a run: of the objective, and of whether a trial fails. Each is grown when it is asked for, and kept until
 * more was observed. It follows from the seed and the observations, so it is no part of a snapshot.
 */
import { approximateBytes } from '../approximate-bytes.js'
import { stream } from '../rng.js'
import type { History } from '../surrogate/history.js'
import { failureTarget, type Target, valueTarget } from '../surrogate/targets.js'
import { type Forest, growForest, type Prediction, predict } from './forest.js'
import type { SmacOptions } from './options.js'
import { tableOf } from './table.js'
import { logValues } from './values.js'

export interface Model {
  readonly forest: Forest
  /** What the forest predicts at each observation that it was grown from, in their order. */
  readonly observed: readonly Prediction[]
  /** Whether all values are the same. */
  readonly isFlat: boolean
}

export interface Models {
  /** Of the objective. */
  value(): Model
  /** Of the labels: 1 for a failure, −1 for all else. */
  failure(): Model
  /** How much memory the models take that are kept now. */
  bytes(): number
}

/** The random streams of the trees, by the model that they are of. */
const [VALUE, FAILURE] = [0xf0, 0xf1]

export function openModels(history: History, options: SmacOptions, seed: number): Models {
  const value = keptModel(history, (count) =>
    grown(history, valueTarget(history), options, [seed, count, VALUE]),
  )
  const failure = keptModel(history, (count) =>
    grown(history, failureTarget(history), options, [seed, count, FAILURE]),
  )
  return { value: value.model, failure: failure.model, bytes: () => value.bytes() + failure.bytes() }
}

/** `grow` makes the model of so many observations. */
function keptModel({ results }: History, grow: (count: number) => Model) {
  let kept: { readonly model: Model; readonly count: number } | undefined
  return {
    model(): Model {
      if (kept?.count !== results.length) kept = { model: grow(results.length), count: results.length }
      return kept.model
    },
    bytes: () => approximateBytes(kept),
  }
}

function grown(history: History, target: Target, options: SmacOptions, key: readonly number[]): Model {
  const { encoding, points } = history
  const warped = target.valuesOf(target.indices.length)
  const { values, noise } = logValues(target, warped)
  const observed = target.indices.map((index) => points[index]!)
  const table = tableOf(encoding, observed)
  const columns = Math.max(1, Math.round(options.columns * table.columns.length))
  const settings = { trees: options.trees, leaf: options.leaf, columns }
  const forest = growForest(table, values, noise, settings, (tree) => stream(...key, tree))
  return { forest, observed: predict(forest, observed), isFlat: warped.warp?.bend === 0 }
}
