/**
 * A simulated H200: predicts the report of training one configuration of autoresearch-14 for 300 s, fitted to thousands of
 * trials that were measured on the card. Pure: the same configuration and seed give the same run.
 */
import { LandscapeError } from './errors.js'
import type { Landscape } from './evaluate.js'
import { featureNames } from './features.js'
import { compile } from './network.js'
import { readWeights } from './weights.js'
import builtIn from './weights.json' with { type: 'json' }

export type { CurvePoint } from './curve.js'
export { LandscapeError, type LandscapeErrorCode } from './errors.js'
export { evaluate, type Landscape, type Params, type Run, type RunOptions, truth } from './evaluate.js'

let shared: Landscape | undefined

/** The landscape that comes with the package, fitted to the recorded trials. */
export function landscape(): Landscape {
  shared ??= readLandscape(builtIn)
  return shared
}

/** Throws a LandscapeError if the weights have another version or are invalid. */
export function readLandscape(json: unknown): Landscape {
  const weights = readWeights(json)
  if (weights.features.join() !== featureNames.join()) {
    throw new LandscapeError(
      'invalid_weights',
      'features',
      `are not those of this evaluator: ${featureNames}`,
    )
  }
  const inputs = featureNames.length
  return {
    weights,
    throughput: compile(weights.throughput, inputs, 'throughput'),
    value: compile(weights.value, inputs + 2, 'value'),
  }
}
