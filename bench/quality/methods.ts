/** The rows of `quality`. A new method is one entry here; a new peer also a module in bench/peers/ (docs/bench.md). */
import type { PreflightMode } from '../../optimizers/feasibility/preflight.js'
import type { SearchMethod } from '../../optimizers/search.js'

export type Method = OurMethod | PeerMethod

interface Row {
  /** For --methods, the cache and the JSON. */
  readonly id: string
  readonly label: string
  /** Which picture's panel it is drawn in. */
  readonly family: Family
}

export interface OurMethod extends Row {
  readonly by: 'us'
  readonly search: SearchMethod
  /** Claimed to be better than the peers, and tested against each: all but the baselines and smac. */
  readonly tested: boolean
}

export interface PeerMethod extends Row {
  readonly by: 'peer'
  /** As pip names it. */
  readonly package: string
  /** Of one that takes minutes a run: how many seeds it gets, unless asked otherwise. */
  readonly few?: number
}

export const families = ['Random', 'TPE', 'CMA-ES', 'Models'] as const
export type Family = (typeof families)[number]

export const methods: readonly Method[] = [
  ...ours('random', 'Random', { tested: false }),
  ...ours('sobol', 'Random', { tested: false }),
  ...ours('tpe', 'TPE', { tested: true }),
  ...ours('cma-es', 'CMA-ES', { tested: true }),
  ...ours('gp', 'Models', { tested: true }),
  ...ours('smac', 'Models', { tested: false, id: 'forest' }),
  peer('optuna-random', 'Optuna random', 'Random', 'optuna'),
  peer('optuna-tpe', 'Optuna TPE', 'TPE', 'optuna'),
  peer('optuna-tpe-multivariate', 'Optuna TPE, multivariate', 'TPE', 'optuna'),
  peer('optuna-tpe-careful', 'Optuna TPE, careful', 'TPE', 'optuna'),
  peer('optuna-cmaes', 'Optuna CMA-ES', 'CMA-ES', 'optuna'),
  peer('optuna-cmaes-margin', 'Optuna CMA-ES, with margin', 'CMA-ES', 'optuna'),
  peer('cmaes-catcmawm', 'cmaes CatCMAwM', 'CMA-ES', 'cmaes'),
  peer('optuna-gp-careful', 'Optuna GP, careful', 'Models', 'optuna', { few: 12 }),
  peer('smac', 'SMAC3', 'Models', 'smac', { few: 12 }),
  peer('ax', 'Ax', 'Models', 'ax-platform', { few: 4 }),
]

/** One row for each preflight. `id`: where a peer has the optimizer's name. */
function ours(kind: string, family: Family, { tested = true, id = kind } = {}): OurMethod[] {
  return (['off', 'formula', 'learned'] as const).map((preflight: PreflightMode) => ({
    id: preflight === 'off' ? id : `${id}+${preflight}`,
    label: preflight === 'off' ? `Chiron ${kind}` : `Chiron ${kind}, ${preflight} preflight`,
    family,
    by: 'us',
    search: { optimizer: { kind }, preflight },
    tested,
  }))
}

function peer(
  id: string,
  label: string,
  family: Family,
  name: string,
  more: Pick<PeerMethod, 'few'> = {},
): PeerMethod {
  return { id, label, family, by: 'peer', package: name, ...more }
}
