/** A trial on the simulated H200, as `quality` runs it: for scripts that measure something beside it. */
import type { Params } from '../search-spaces/index.js'
import { evaluate, landscape } from '../trainer/landscape/index.js'
import { memoryLimitGb } from './quality/run.js'
import type { Ending } from './quality/simulation.js'

const ground = landscape()

/** The same seed and trial number meet the same noise as in a run of `quality`. */
export function train(seed: number, number: number, params: Params): Ending {
  const run = evaluate(ground, params, { seed: seed * 1_000_000 + number, memoryLimitGb })
  const { outcome, peakMemoryMb } = run
  return {
    params,
    result: outcome === 'complete' ? { outcome, value: run.valBpb } : { outcome },
    wallSeconds: run.totalSeconds,
    chargedSeconds: run.trainSeconds,
    peakMemoryMb,
  }
}
