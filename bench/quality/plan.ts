/** Which runs a bench asks for, and what each depends on. */
import { spaceNamed } from '../../search-spaces/index.js'
import { fingerprint, fingerprintOf } from '../cache.js'
import { readRequirements } from '../peers/environment.js'
import { type Bench, chosenFrom } from '../subject.js'
import { type Method, methods, type OurMethod, type PeerMethod } from './methods.js'
import { memoryLimitGb, probe, type Run, spaceName, terms } from './run.js'

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
  const most = Math.max(...able.map((method) => seedsOf(method, bench)))
  const runs = Array.from({ length: most }, (_, seed) => seed).flatMap((seed) =>
    (bench.workers ?? (bench.quick ? [1] : [1, 4, 16])).flatMap((workers) =>
      able
        .filter((method) => seed < seedsOf(method, bench) && (workers === 1 || !isSlow(method)))
        .map((method) => ({ method, seed, workers, ...(method.by === 'peer' && { python: peers?.python }) })),
    ),
  )
  return { methods: able, runs, missing, versions: peers?.versions ?? {} }
}

/** Everything that a run's score depends on: it is stale once any of this is another. */
export function cacheKey({ method, seed, workers }: Run): object {
  ground ??= fingerprintOf(JSON.stringify(probe(), shortened))
  const given = { subject: 'quality', id: method.id, seed, workers, terms, memoryLimitGb }
  return { ...given, space: spaceNamed(spaceName)!.fingerprint, ground, code: codeOf(method) }
}

const shared = ['bench/quality/simulation.ts', 'bench/quality/run.ts', 'bench/quality/searchers.ts']
const folders = methods.flatMap((method) => (method.by === 'us' ? [method.folder] : []))
const codes = new Map<string, string>()
let ground: string | undefined

/** The last digits are the order of additions, not another landscape. */
function shortened(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(9)) : value
}

function codeOf(method: Method): string {
  const known = codes.get(method.id)
  if (known) return known
  const code = method.by === 'us' ? ourCode(method) : peerCode(method)
  codes.set(method.id, code)
  return code
}

function ourCode({ search, folder }: OurMethod): string {
  const others = folders.filter((other) => other !== folder)
  return JSON.stringify(search) + fingerprint([...shared, 'optimizers', 'search-spaces'], others)
}

function peerCode({ id, package: name }: PeerMethod): string {
  const { version } = readRequirements().find((requirement) => requirement.name === name)!
  const files = ['serve.py', 'protocol.py', `peer_${id.split('-')[0]}.py`].map(
    (file) => `bench/peers/${file}`,
  )
  return `${name}==${version} ${fingerprint([...shared, ...files])}`
}

function seedsOf(method: Method, { seeds, slowSeeds, quick: small }: Bench): number {
  return isSlow(method) ? (slowSeeds ?? Math.min(seeds ?? 8, 8)) : (seeds ?? (small ? 2 : 32))
}

function isSlow(method: Method): boolean {
  return method.by === 'peer' && method.slow
}
