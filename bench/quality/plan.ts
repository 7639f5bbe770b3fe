/** Which runs a bench asks for. */
import { type Bench, chosenFrom } from '../subject.js'
import { type Method, methods } from './methods.js'
import type { Run } from './run.js'

const quick = [
  'random',
  'tpe',
  'tpe+formula',
  'cma-es',
  'cma-es+formula',
  'optuna-random',
  'optuna-tpe',
  'optuna-cmaes',
]

export interface Plan {
  readonly methods: readonly Method[]
  /** By seed first, so that a bench that is interrupted has measured every row alike. */
  readonly runs: readonly Run[]
  readonly missing: readonly { readonly row: string; readonly because: string }[]
  readonly versions: Readonly<Record<string, string>>
}

export async function planRuns(bench: Bench): Promise<Plan> {
  const chosen = chosenFrom(methods, bench.methods ?? (bench.quick ? quick : undefined))
  // Without a peer in it a bench needs no Python, and makes no environment.
  const peers = chosen.some(({ by }) => by === 'peer') ? await bench.peers() : undefined
  const missing = chosen.flatMap((method) => {
    const because = method.by === 'peer' ? peers?.lacks(method.package) : undefined
    return because ? [{ row: method.label, because }] : []
  })
  const able = chosen.filter(({ label }) => missing.every(({ row }) => row !== label))
  const most = Math.max(...able.map((method) => seedsOf(method, bench, 1)))
  const runs = Array.from({ length: most }, (_, seed) => seed).flatMap((seed) =>
    (bench.workers ?? (bench.quick ? [1] : [1, 4, 16])).flatMap((workers) =>
      able
        .filter(
          (method) =>
            seed < seedsOf(method, bench, workers) && (workers === 1 || fewOf(method) === undefined),
        )
        .map((method) => ({ method, seed, workers, ...(method.by === 'peer' && { python: peers?.python }) })),
    ),
  )
  return { methods: able, runs, missing, versions: peers?.versions ?? {} }
}

function seedsOf(method: Method, { seeds, slowSeeds, quick: small }: Bench, workers: number): number {
  const few = fewOf(method)
  if (few !== undefined) return slowSeeds ?? Math.min(seeds ?? few, few)
  return seeds ?? (small ? 2 : workers === 1 ? 32 : 16)
}

function fewOf(method: Method): number | undefined {
  return method.by === 'peer' ? method.few : undefined
}
