/** What a turn has to store, row by row, before `statement.ts` makes SQL of it. */
import type { Beliefs, Json } from '../../optimizers/contract.js'
import type { Params } from '../../search-spaces/index.js'
import type { CallOutcome, CallPurpose, InquiryState } from '../domain/enums.js'
import type { Foreseen } from '../domain/forecast.js'
import type { HeldStudy, Proposal } from './held-study.js'

export interface CreatedTrial {
  readonly number: number
  state: 'proposing' | 'ready' | 'running' | 'complete' | 'failed' | 'pruned'
  readonly params: Params
  readonly params_key: string
  readonly proposal: Proposal
  readonly memo: Json | null
  /** Of an imported trial: its identity. */
  import_key?: string
  /** Of one that is proposing: who waits for it, and its place in the budget. */
  readonly worker?: string
  readonly reserved_seconds?: number
}

/** A trial that was proposing is decided: as its advisor has it, or without it. */
export interface DecidedTrial {
  readonly number: number
  state: 'ready' | 'running' | 'cancelled'
  readonly params: Params
  readonly params_key: string
  readonly proposal: Proposal
  readonly memo: Json | null
  readonly message: string | null
}

/** A call of a language model. Its number within the trial is the database's to give. */
export interface LlmCallRow {
  readonly number: number
  /** Made with the call: one that is delivered twice is recorded once. */
  readonly key: string
  readonly purpose: CallPurpose
  readonly provider: string
  readonly model: string
  readonly prompt: string
  readonly request: unknown
  readonly answer: string | null
  readonly thinking: string | null
  readonly outcome: CallOutcome
  readonly message: string | null
  readonly input_tokens: number
  readonly cache_read_tokens: number
  readonly cache_write_tokens: number
  readonly output_tokens: number
  readonly dollars: number | null
  readonly latency_ms: number
}

/** An advisor is asked what it believes; one that answers at once has done so. */
export interface InquiryRow {
  readonly number: number
  readonly ended: number
  readonly source: string
  readonly state: InquiryState
  readonly beliefs?: Beliefs
  readonly note?: string
}

/** What came of asking it. */
export interface InquiryEndRow {
  readonly number: number
  readonly state: Exclude<InquiryState, 'asking'>
  readonly beliefs?: Beliefs
  readonly note: string | null
  readonly reason?: string
}

export interface LeaseRow {
  readonly number: number
  readonly attempt: number
  readonly worker: string
  readonly token: string
  readonly reserved_seconds: number
}

/** A trial's end: settled, cancelled. `attempt` is the one whose word counts; 0 where none ran. */
export interface EndRow {
  readonly number: number
  readonly attempt: number
  readonly state: string
  readonly failure: string | null
  readonly value: number | null
  readonly metrics: unknown
  readonly message: string | null
  readonly train_seconds: number | null
  readonly peak_memory_mb: number | null
  readonly tokens_per_second: number | null
  /** Of one that was stopped. */
  readonly foreseen?: Foreseen
}

export interface AttemptEndRow {
  readonly number: number
  readonly attempt: number
  readonly state: 'settled' | 'superseded' | 'cancelled'
  readonly told: unknown
}

export interface EventRow {
  readonly seq: number
  readonly kind: string
  readonly number: number | null
  readonly data: unknown
}

export interface IncumbentRow {
  readonly seq: number
  readonly number: number
  readonly value: number
  readonly source: string
  readonly within_noise: boolean | null
  readonly settled: number
  readonly train_seconds: number
}

/** What a turn has to store. */
export interface TurnWrites {
  readonly created: CreatedTrial[]
  readonly decided: DecidedTrial[]
  readonly calls: LlmCallRow[]
  readonly inquiries: InquiryRow[]
  readonly inquiryEnds: InquiryEndRow[]
  readonly leases: LeaseRow[]
  readonly renewed: number[]
  readonly ends: EndRow[]
  readonly attemptEnds: AttemptEndRow[]
  readonly events: EventRow[]
  readonly incumbents: IncumbentRow[]
}

export function noWrites(): TurnWrites {
  return {
    created: [],
    decided: [],
    calls: [],
    inquiries: [],
    inquiryEnds: [],
    leases: [],
    renewed: [],
    ends: [],
    attemptEnds: [],
    events: [],
    incumbents: [],
  }
}

/** Whether the turn has changed this trial: its statement can change a row only once, and number one call of it. */
export function changesTrial(
  { created, decided, leases, renewed, calls }: TurnWrites,
  number: number,
): boolean {
  const changes = [...created, ...decided, ...leases, ...calls]
  return renewed.includes(number) || changes.some((change) => change.number === number)
}

/** A turn that was played: what it did, and the event that its study stood at before. */
export interface PlayedTurn {
  readonly study: HeldStudy
  readonly from: number
  readonly writes: TurnWrites
}
