/** The model of a study's trials, whatever proposed them. */
import { decode } from '../../search-spaces/index.js'
import type { Params, Space } from '../../search-spaces/types.js'
import type { Observation } from '../contract.js'
import { fitHyperparameters, MOST_OBSERVATIONS } from '../gp/fit.js'
import { covariances } from '../gp/kernel.js'
import type { Data } from '../gp/likelihood.js'
import { type Model, modelWith } from '../gp/model.js'
import { dot } from '../math/vectors.js'
import { encodingOf, type Point, pointOf } from '../surrogate/encoding.js'
import { emptyHistory, type History, recordObservation } from '../surrogate/history.js'
import { valueTarget } from '../surrogate/targets.js'

/** A trial that gave a value; smaller is better. */
export interface ObservedTrial {
  readonly number: number
  readonly params: Params
  readonly result: Extract<Observation['result'], { outcome: 'complete' | 'pruned' }>
}

export interface FittedTrials {
  readonly trials: readonly ObservedTrial[]
  readonly history: History
  readonly model: Model
}

/**
 * `trials` in the order in which they ended. The hyperparameters are fitted to all of them at once, not step by step as
 * a search does (gp/model.ts): here nothing is fitted again, and a better fit is worth its time. Trials beyond a cliff
 * (surrogate/cliff.ts) are left out.
 */
export function fitTrials(space: Space, trials: readonly ObservedTrial[]): FittedTrials {
  const history = emptyHistory(encodingOf(space))
  for (const { number, params, result } of trials) recordObservation(history, { number, params, result })
  const near = history.succeeded.map((index) => trials[index]!)
  if (near.length < trials.length) return fitTrials(space, near)
  const target = valueTarget(history)
  const { values, warp } = target.valuesOf(trials.length)
  const noiseVariances = target.noiseVariancesOf!(target.indices, warp!)
  const known = { history, values, noiseVariances }
  return { trials, history, model: { ...modelFittedTo(known, [...trials.keys()]), warp: warp! } }
}

export interface KnownValues {
  readonly history: History
  readonly values: Float64Array
  readonly noiseVariances: Float64Array
}

/** The model of all trials, with hyperparameters that are fitted to some of them. */
export function modelFittedTo(
  { history, values, noiseVariances }: KnownValues,
  some: readonly number[],
): Model {
  const { encoding, points } = history
  const columns = encoding.inputOf.length
  const rows = new Float64Array(some.length * columns)
  for (const [k, i] of some.entries()) rows.set(points[i]!.columns, k * columns)
  const of = (all: Float64Array) => Float64Array.from(some, (i) => all[i]!)
  const data: Data = { count: some.length, rows, values: of(values), noiseVariances: of(noiseVariances) }
  const hyper = fitHyperparameters(encoding, data, MOST_OBSERVATIONS.value)
  return modelWith(encoding, hyper, points, values, noiseVariances)
}

/** The configuration of a point of the unit cube: at the levels of discrete parameters, without those that are not active. */
export function pointFrom({ history: { encoding } }: FittedTrials, unit: Float64Array): Point {
  return pointOf(encoding, decode(encoding.space, unit))
}

/** The posterior mean at points of the unit cube, warped. */
export function meansOf(fitted: FittedTrials): (unit: Float64Array) => number {
  const { model } = fitted
  const k = new Float64Array(model.count)
  return (unit) => {
    covariances(model.kernel, model.rows, model.count, pointFrom(fitted, unit).columns, k)
    return dot(model.alpha, k, model.count)
  }
}
