/** What a turn has to store, row by row, before `statement.ts` makes SQL of it. */
import type { Beliefs, Json } from '../../optimizers/contract.js'
import type { Params } from '../../search-spaces/index.js'
import type { Foreseen } from '../model/forecast.js'
import type { CallOutcome, CallPurpose, InquiryState } from '../model/words.js'
import type { Live, Proposal } from './live.js'

export interface BornTrial {
  readonly number: number
  state: 'proposing' | 'ready' | 'running' | 'complete' | 'failed' | 'pruned'
  readonly params: Params
  readonly params_key: string
  readonly proposal: Proposal
  readonly memo: Json | null
  /** Of one that is proposing: who waits for it, and its place in the budget. */
  readonly worker?: string
  readonly reserved_seconds?: number
}

/** A trial that was proposing is decided: as its advisor has it, or without it. */
export interface Advised {
  readonly number: number
  state: 'ready' | 'running' | 'cancelled'
  readonly params: Params
  readonly params_key: string
  readonly proposal: Proposal
  readonly memo: Json | null
  readonly message: string | null
}

/** A call of a language model. Its number within the trial is the database's to give. */
export interface CallMade {
  readonly number: number
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
export interface Inquiry {
  readonly number: number
  readonly ended: number
  readonly source: string
  readonly state: InquiryState
  readonly beliefs?: Beliefs
  readonly note?: string
}

/** What came of asking it. */
export interface InquiryEnd {
  readonly number: number
  readonly state: Exclude<InquiryState, 'asking'>
  readonly beliefs?: Beliefs
  readonly note: string | null
  readonly reason?: string
}

export interface Lease {
  readonly number: number
  readonly attempt: number
  readonly worker: string
  readonly token: string
  readonly reserved_seconds: number
}

/** A trial's end: settled, cancelled. `attempt` is the one whose word counts; 0 where none ran. */
export interface End {
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

export interface AttemptEnd {
  readonly number: number
  readonly attempt: number
  readonly state: 'settled' | 'superseded' | 'cancelled'
  readonly told: unknown
}

export interface Event {
  readonly seq: number
  readonly kind: string
  readonly number: number | null
  readonly data: unknown
}

export interface Incumbent {
  readonly seq: number
  readonly number: number
  readonly value: number
  readonly source: string
  readonly within_noise: boolean | null
  readonly settled: number
  readonly train_seconds: number
}

/** What a turn has to store. */
export interface Writes {
  readonly born: BornTrial[]
  readonly advised: Advised[]
  readonly calls: CallMade[]
  readonly inquiries: Inquiry[]
  readonly inquiryEnds: InquiryEnd[]
  readonly leases: Lease[]
  readonly renewed: number[]
  readonly ends: End[]
  readonly attemptEnds: AttemptEnd[]
  readonly events: Event[]
  readonly incumbents: Incumbent[]
}

export function noWrites(): Writes {
  return {
    born: [],
    advised: [],
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
export function touches({ born, advised, leases, renewed, calls }: Writes, number: number): boolean {
  const changes = [...born, ...advised, ...leases, ...calls]
  return renewed.includes(number) || changes.some((change) => change.number === number)
}

/** A turn that was played: what it did, and the event that its study stood at before. */
export interface PlayedTurn {
  readonly live: Live
  readonly from: number
  readonly writes: Writes
}
