/** What a worker thread is told, and what it answers. Everything in a message can be cloned from thread to thread. */
import type { Beliefs, EarlierStudy, Json } from '../../optimizers/contract.js'
import type { SearchObservation } from '../../optimizers/search.js'
import type { Params } from '../../search-spaces/index.js'
import type { SpecRequest } from '../domain/decode-spec.js'
import type { StudySpec } from '../domain/spec.js'
import type { Fault, FaultCode } from '../faults.js'
import type { ProposeRequest, ScoreRequest } from './study-search.js'

/** A call is answered by a message with the same `call`. */
export type Call =
  | {
      readonly method: 'open'
      readonly spec: StudySpec
      readonly snapshot?: Json
      readonly earlier?: readonly EarlierStudy[]
    }
  | { readonly method: 'propose'; readonly request: ProposeRequest }
  | { readonly method: 'inspect'; readonly params: Params }
  | { readonly method: 'score'; readonly request: ScoreRequest }
  | { readonly method: 'recommend' | 'describe' | 'snapshot' }
  | { readonly method: 'toConfirm'; readonly count: number }
  /** Concerns no search. */
  | { readonly method: 'checkSpec'; readonly given: SpecRequest; readonly model: string | null }

/** A change is not answered; what goes wrong with it fails the next call. */
export type Change =
  | { readonly method: 'observe'; readonly observation: SearchObservation }
  | { readonly method: 'believe'; readonly beliefs: Beliefs }
  | { readonly method: 'close' }

export type ToWorker =
  | { readonly search: number; readonly call: number; readonly what: Call }
  | { readonly search: number; readonly what: Change }

export interface FromWorker {
  readonly search: number
  readonly call: number
  /** About how much memory the search takes now. */
  readonly bytes: number
  readonly answer:
    | { readonly ok: true; readonly value: unknown }
    | { readonly ok: false; readonly error: ErrorMessage }
}

export interface ErrorMessage {
  readonly name: string
  readonly message: string
  readonly stack?: string
  /** Of an OptionsError: where the fault lies. */
  readonly path?: string
  /** Of a Fault. */
  readonly fault?: { readonly code: FaultCode; readonly extra: Fault['extra'] }
}
