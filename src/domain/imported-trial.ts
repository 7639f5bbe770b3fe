/** A trial that ran elsewhere, as a caller brings it in: told by an outcome, or as this service exported it. */
import type { Params } from '../../search-spaces/index.js'
import type { Foreseen } from './forecast.js'
import type { GivenTrial, Tell } from './tell.js'

/** The trial of an earlier study that it is. */
export interface TrialOrigin {
  readonly study: string
  readonly id: string
  readonly number: number
}

export interface ImportedTrial {
  readonly params: Params
  readonly told: Tell
  readonly idempotencyKey?: string
  readonly origin?: TrialOrigin
  /** What a study that stopped it expected of it. */
  readonly foreseen?: Foreseen
}

/**
 * Says which trial it is, so that one that is sent twice is brought in once: by its caller's key, or by where it ran first,
 * through however many studies it has come since. Undefined: it is another trial each time that it is sent.
 */
export function importKey({ idempotencyKey, origin }: ImportedTrial): string | undefined {
  if (idempotencyKey !== undefined) return `key ${idempotencyKey}`
  return origin && `trial ${origin.id} ${origin.number}`
}

/** Undefined: it has no result. Nobody has run it to an end, or its workers were lost. */
export function importedTrial(given: GivenTrial): ImportedTrial | undefined {
  const outcome = given.outcome ?? exportedOutcome(given)
  if (outcome === undefined) return undefined
  const { params, value, metrics, trainSeconds, peakMemoryMb, tokensPerSecond, message, idempotencyKey } =
    given
  const origin = originOf(given)
  const told = { value, metrics, trainSeconds, peakMemoryMb, tokensPerSecond, message }
  return {
    params,
    told: { outcome, ...withoutAbsent(told) },
    ...withoutAbsent({ idempotencyKey, origin, foreseen: given.foreseen as Foreseen | undefined }),
  }
}

function exportedOutcome({ state, failure }: GivenTrial): Tell['outcome'] | undefined {
  if (state === 'complete' || state === 'pruned') return state
  return state === 'failed' && failure !== 'lost' ? failure : undefined
}

function originOf({ proposal, study, studyId: id, number }: GivenTrial): TrialOrigin | undefined {
  if (proposal?.origin) return proposal.origin
  return study === undefined || id === undefined || number === undefined ? undefined : { study, id, number }
}

function withoutAbsent<T extends object>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never
}
