/** The cache key of a run: everything that its score depends on. */
import { spaceNamed } from '../../search-spaces/index.js'
import { fingerprint, fingerprintOf } from '../cache.js'
import { readRequirements } from '../peers/environment.js'
import { beginning } from './beginning.js'
import type { Method, OurMethod, PeerMethod } from './methods.js'
import { memoryLimitGb, probe, type Run, spaceName, terms } from './run.js'

export function cacheKey({ method, seed, workers }: Run): object {
  ground ??= fingerprintOf(JSON.stringify(probe(), shortened))
  const given = { subject: 'quality', id: method.id, seed, workers, terms, memoryLimitGb }
  return { ...given, space: spaceNamed(spaceName)!.fingerprint, ground, code: codeOf(method) }
}

const shared = ['bench/quality/simulation.ts', 'bench/quality/run.ts', 'bench/quality/searchers.ts']
const codes = new Map<string, string>()
let ground: string | undefined

/** Rounds numbers, because the last digits depend on the order of additions. */
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

/** The key of our methods: the optimizer's own sources and its first proposals, so other optimizers do not affect it. */
function ourCode({ search, folder }: OurMethod): string {
  const begins = fingerprintOf(JSON.stringify(beginning(search), shortened))
  return `${JSON.stringify(search)} ${fingerprint([...shared, folder])} ${begins}`
}

function peerCode({ id, package: name }: PeerMethod): string {
  const { version } = readRequirements().find((requirement) => requirement.name === name)!
  const files = ['serve.py', 'protocol.py', `peer_${id.split('-')[0]}.py`].map(
    (file) => `bench/peers/${file}`,
  )
  return `${name}==${version} ${fingerprint([...shared, ...files])}`
}
