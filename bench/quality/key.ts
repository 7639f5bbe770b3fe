/** The cache key of a run: everything that its score depends on. */
import { readFileSync } from 'node:fs'
import { spaceNamed } from '../../search-spaces/index.js'
import { fromRoot } from '../../src/root.js'
import { fingerprintOf } from '../cache.js'
import { readRequirements } from '../peers/environment.js'
import { beginning } from './beginning.js'
import type { Method, OurMethod, PeerMethod } from './methods.js'
import { memoryLimitGb, probe, type Run, spaceName, terms } from './run.js'

export function cacheKey({ method, seed, workers }: Run): object {
  ground ??= fingerprintOf(JSON.stringify(probe(), shortened))
  const given = { subject: 'quality', protocol: PROTOCOL, id: method.id, seed, workers, terms, memoryLimitGb }
  return { ...given, space: spaceNamed(spaceName)!.fingerprint, ground, code: codeOf(method) }
}

/**
 * Raised whenever the simulation measures something else (run.ts, simulation.ts, searchers.ts). A test holds this: it measures a
 * published run again, and expects the published score.
 */
const PROTOCOL = 1

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

/** What it proposes, not how it is written: a moved or renamed file leaves its runs as they were. */
function ourCode({ search }: OurMethod): string {
  return `${JSON.stringify(search)} ${fingerprintOf(JSON.stringify(beginning(search), shortened))}`
}

function peerCode({ id, package: name }: PeerMethod): string {
  const { version } = readRequirements().find((requirement) => requirement.name === name)!
  const files = ['serve.py', 'protocol.py', `peer_${id.split('-')[0]}.py`].map(
    (file) => `bench/peers/${file}`,
  )
  return `${name}==${version} ${fingerprintOf(files.map(codeIn).join('\n'))}`
}

/** A Python file without its comments: they change nothing that it measures. */
function codeIn(file: string): string {
  return readFileSync(fromRoot(file), 'utf8')
    .replace(/^[ \t]*"""[\s\S]*?"""[ \t]*$/gm, '')
    .replace(/^[ \t]*#.*$/gm, '')
    .replace(/[ \t]+#[^'"\n]*$/gm, '')
    .replace(/\n\s*\n/g, '\n')
}
