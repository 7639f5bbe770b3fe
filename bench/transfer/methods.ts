/** The rows of `transfer`: every method with its defaults. The others are measured against Optuna's TPE. */
import type { Method } from './run.js'

export const reference: Method = {
  id: 'branching-optuna-tpe',
  label: 'Optuna TPE',
  by: 'peer',
  package: 'optuna',
  module: 'peer_branching.py',
}

export const methods: readonly Method[] = [
  ours('gp'),
  ours('tpe'),
  ours('cma-es', 'cmaes'),
  ours('smac', 'forest'),
  reference,
]

function ours(kind: string, folder = kind): Method {
  const search = { optimizer: { kind }, preflight: 'off' } as const
  return { id: kind, label: `Chiron ${kind}`, by: 'us', search, folder: `optimizers/${folder}` }
}
