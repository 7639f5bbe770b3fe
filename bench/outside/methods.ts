/** The rows of `outside`: every method with its defaults, the default configuration as its first trial. */
import type { Method } from '../transfer/run.js'

export const methods: readonly Method[] = [
  ours('gp'),
  ours('tpe'),
  ours('cma-es', 'cmaes'),
  ours('smac', 'forest'),
  ours('random'),
  optuna('tpe', 'Optuna TPE'),
  optuna('tpe-multivariate', 'Optuna TPE, multivariate, grouped'),
  optuna('cmaes', 'Optuna CMA-ES'),
  optuna('gp', 'Optuna GP'),
  optuna('nsga2', 'Optuna NSGA-II'),
  optuna('random', 'Optuna random'),
  { id: 'conditional-smac', label: 'SMAC3', by: 'peer', package: 'smac', module: 'peer_conditional.py' },
]

/** The method whose values say what a random configuration is worth. */
export const yardstick = 'random'

function ours(kind: string, folder = kind): Method {
  const search = { optimizer: { kind }, preflight: 'off' } as const
  return { id: kind, label: `Chiron ${kind}`, by: 'us', search, folder: `optimizers/${folder}` }
}

function optuna(sampler: string, label: string): Method {
  return {
    id: `branching-optuna-${sampler}`,
    label,
    by: 'peer',
    package: 'optuna',
    module: 'peer_branching.py',
  }
}
