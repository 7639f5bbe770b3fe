/** What a turn stores, row by row; turn-statement/ makes one SQL statement of it. */
import type { Beliefs, Json } from '../../optimizers/contract.js'
import type { Params } from '../../search-spaces/index.js'
import type { CallOutcome, CallPurpose, InquiryState } from '../domain/enums.js'
import type { Foreseen } from '../domain/forecast.js'
import type { StoredProgram } from '../domain/program.js'
import type { HeldStudy, Proposal } from './held-study.js'

export interface CreatedTrial {
  readonly number: number
  state: 'proposing' | 'ready' | 'running' | 'complete' | 'failed' | 'pruned'
  readonly params: Params
  readonly params_key: string
  readonly proposal: Proposal
  readonly memo: Json | null
  /** Of one that was brought in, and says who it is. */
  import_key?: string
  /** Of a proposing trial: the worker that waits for it, and its reserved train seconds. */
  readonly worker?: string | null
  readonly reserved_seconds?: number
}

/** A proposing trial whose configuration is decided, with or without its advisor. */
export interface DecidedTrial {
  readonly number: number
  state: 'ready' | 'running' | 'cancelled'
  readonly params: Params
  readonly params_key: string
  readonly proposal: Proposal
  readonly memo: Json | null
  readonly message: string | null
}

/** A proposing trial whose dialogue with its advisor has come one step further. */
export interface ContinuedTrial {
  readonly number: number
  readonly proposal: Proposal
}

/** A call of a language model. The database numbers it within its trial. */
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

/** A question to an advisor for its beliefs; one that answers at once has its answer here. */
export interface InquiryRow {
  readonly number: number
  readonly ended: number
  readonly source: string
  readonly state: InquiryState
  readonly beliefs?: Beliefs
  readonly note?: string
}

/** The end of such a question. */
export interface InquiryEndRow {
  readonly number: number
  readonly state: Exclude<InquiryState, 'asking'>
  readonly beliefs?: Beliefs
  readonly note: string | null
  readonly reason?: string
}

/** A program that is stored with the turn in which a trial was given it. */
export interface ProgramRow extends StoredProgram {
  readonly number: number
}

export interface LeaseRow {
  readonly number: number
  readonly attempt: number
  readonly worker: string
  readonly token: string
  readonly reserved_seconds: number
}

/** The end of a trial: settled or cancelled. `attempt` is the one that told; 0 where none ran. */
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
  /** Of a pruned trial. */
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

/** Everything that one turn stores. */
export interface TurnWrites {
  readonly created: CreatedTrial[]
  readonly decided: DecidedTrial[]
  readonly continued: ContinuedTrial[]
  readonly calls: LlmCallRow[]
  readonly programs: ProgramRow[]
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
    continued: [],
    calls: [],
    programs: [],
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

/** Whether the turn changed this trial already: a statement can change a row only once, and number only one of its calls. */
export function changesTrial(
  { created, decided, continued, leases, renewed, calls }: TurnWrites,
  number: number,
): boolean {
  const changes = [...created, ...decided, ...continued, ...leases, ...calls]
  return renewed.includes(number) || changes.some((change) => change.number === number)
}

/** A played turn: what it changed, and the event at which its study was before. */
export interface PlayedTurn {
  readonly study: HeldStudy
  readonly from: number
  readonly writes: TurnWrites
}
