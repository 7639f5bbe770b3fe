/** The envelope of every snapshot: it labels a state with its owner, and only that owner may open it. */
import { canonicalJson } from '../search-spaces/canonical-json.js'
import type { Space } from '../search-spaces/types.js'
import { type Json, SnapshotError } from './contract.js'

export interface Owner {
  readonly kind: string
  readonly version: number
  readonly space: Space
  readonly seed: number
  readonly options: unknown
}

export function seal(owner: Owner, state: Json): Json {
  return { ...labels(owner), state }
}

/** The state inside, where every label is the owner's; throws SnapshotError that names the first that is not. */
export function unseal(owner: Owner, snapshot: Json): Json {
  if (snapshot === null || typeof snapshot !== 'object' || Array.isArray(snapshot)) {
    throw new SnapshotError(`a snapshot of ${owner.kind} is an object, this is ${JSON.stringify(snapshot)}`)
  }
  const found = snapshot as Record<string, Json>
  for (const [label, expected] of Object.entries(labels(owner))) {
    if (canonicalJson(found[label]) !== canonicalJson(expected)) {
      throw new SnapshotError(
        `this snapshot's ${label} is ${canonicalJson(found[label])}, the study's is ${canonicalJson(expected)}`,
      )
    }
  }
  if (found.state === undefined) throw new SnapshotError('this snapshot has no state')
  return found.state
}

function labels({ kind, version, space, seed, options }: Owner): Record<string, Json> {
  return { kind, version, space: space.fingerprint, seed, options: options as Json }
}
