/**
 * Whether a configuration that runs again would have another value, as far as the observations say. Where it would not,
 * the best observed value is no luck.
 *
 * A configuration that ran twice settles it. Else the noise must make the observations more likely by EVIDENCE: a model
 * takes for noise, too, what it cannot follow.
 */
import type { History } from '../surrogate/history.js'
import { evidenceOfNoise } from './fit.js'
import type { Hyperparameters, Kernel } from './kernel.js'
import type { Data } from './likelihood.js'

/** Of log likelihood. */
const EVIDENCE = 5
/** A share of the values' variance. Few observations are evidence of nothing, and leave the noise at its prior. */
const FAINT = 0.01

export interface FittedData extends Data {
  readonly hyper: Hyperparameters
  readonly kernel: Kernel
}

export function showsNoise(history: History, model: FittedData): boolean {
  const repeated = repeatsDiffer(history)
  if (repeated !== undefined) return repeated
  return model.kernel.noise > FAINT || evidenceOfNoise(history.encoding, model, model.hyper) > EVIDENCE
}

/** Undefined where no configuration has run to its end twice. */
function repeatsDiffer({ points, results }: History): boolean | undefined {
  const values = new Map<string, number>()
  let repeated = false
  for (const [i, result] of results.entries()) {
    if (result.kind !== 'complete') continue
    const key = points[i]!.unit.join()
    const before = values.get(key)
    if (before !== undefined && before !== result.value) return true
    repeated ||= before !== undefined
    values.set(key, result.value)
  }
  return repeated ? false : undefined
}
