/** The rows of `speed`. */
import type { SearchMethod } from '../../optimizers/search.js'

/** `own`: it keeps a state, and so makes its history itself; the others find the same one made. */
export type Row = { readonly id: string; readonly label: string; readonly own: boolean } & (
  | { readonly by: 'us'; readonly search: SearchMethod }
  | { readonly by: 'peer'; readonly rival: string }
)

export const rows: readonly Row[] = [
  ours('random', 'Chiron random', { kind: 'random' }),
  ours('tpe', 'Chiron tpe, multivariate', { kind: 'tpe' }),
  ours('tpe-univariate', 'Chiron tpe, univariate', { kind: 'tpe', multivariate: false }),
  ours('cma-es', 'Chiron cma-es', { kind: 'cma-es' }, true),
  ours('smac', 'Chiron smac', { kind: 'smac' }),
  peer('optuna-random', 'Optuna random', 'random'),
  peer('optuna-tpe-multivariate', 'Optuna TPE, multivariate', 'tpe'),
  peer('optuna-tpe', 'Optuna TPE, univariate', 'tpe-univariate'),
  peer('optuna-cmaes', 'Optuna CMA-ES', 'cma-es', true),
]

function ours(id: string, label: string, optimizer: SearchMethod['optimizer'], own = false): Row {
  return { id, label, own, by: 'us', search: { optimizer, preflight: 'off' } }
}

function peer(id: string, label: string, rival: string, own = false): Row {
  return { id, label, own, by: 'peer', rival }
}
