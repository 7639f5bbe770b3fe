/** A call of a language model as it is recorded, and what its reply amounts to. */

import { type Fallback, NO_TOKENS, type Tokens } from '../../domain/advice.js'
import { countCall, countModel } from '../../domain/counters.js'
import type { CallNote, Heard } from '../../domain/dialogue.js'
import type { CallOutcome } from '../../domain/enums.js'
import { logEvent } from '../../engine/event-log.js'
import type { HeldStudy } from '../../engine/held-study.js'
import { agentOf } from '../../engine/program-ledger.js'
import type { LlmCallRow, TurnWrites } from '../../engine/writes.js'
import type { Sql } from '../../storage/database.js'

/** A call as it was made. The turn that receives it adds its outcome. */
export type ModelCall = Omit<
  LlmCallRow,
  | 'number'
  | 'outcome'
  | 'message'
  | 'input_tokens'
  | 'cache_read_tokens'
  | 'cache_write_tokens'
  | 'output_tokens'
> & { readonly tokens: Tokens }

export type Verdict =
  | { readonly kind: 'said'; readonly text: string }
  /** The call failed and is made again, as far as the limits go. */
  | { readonly kind: 'again'; readonly outcome: Exclude<CallOutcome, 'answered'>; readonly message: string }
  | {
      readonly kind: 'failed'
      readonly reason: Exclude<Fallback, 'nothing_known' | 'unpromising'>
      readonly message: string
    }

export type FailedVerdict = Extract<Verdict, { kind: 'failed' }>

/** How one call went, as it is brought back to the study. */
export interface Delivery {
  /** Null where no call was made. */
  readonly call: ModelCall | null
  /** The step of the dialogue that it belongs to. */
  readonly step: number
  readonly verdict: Verdict | Heard<unknown>
}

export function failedVerdict(reason: FailedVerdict['reason'], message: string): FailedVerdict {
  return { kind: 'failed', reason, message }
}

/** Whether a call is stored already: it is delivered again where the answer that it was stored got lost. */
export async function isCallStored(
  tx: Sql,
  { id }: HeldStudy,
  number: number,
  call: ModelCall | null,
): Promise<boolean> {
  if (call === null) return false
  const stored = await tx.query(
    'select 1 from llm_calls where study_id = $1 and number = $2 and key = $3::uuid',
    [id, number, call.key],
  )
  return stored.length > 0
}

/** Of a call whose answer is not used. */
export function outcomeOf(verdict: Verdict | Heard<unknown>): CallNote {
  if (verdict.kind === 'said' || verdict.kind === 'decided' || verdict.kind === 'edited')
    return { outcome: 'answered', message: 'it came too late' }
  if (verdict.kind === 'continue') return verdict.call
  if (verdict.kind === 'again') return verdict
  return { outcome: verdict.reason as CallOutcome, message: verdict.message }
}

export function recordCall(
  study: HeldStudy,
  writes: TurnWrites,
  number: number,
  call: ModelCall,
  { outcome, message }: CallNote,
): void {
  const { tokens = NO_TOKENS, ...rest } = call
  study.counters = countCall(study.counters, tokens, call.dollars)
  if (agentOf(study.advisor)?.models !== undefined)
    study.counters = countModel(study.counters, `${call.provider}:${call.model}`, 0, call.dollars ?? 0)
  writes.calls.push({
    ...rest,
    number,
    outcome,
    message,
    input_tokens: tokens.input,
    cache_read_tokens: tokens.cacheRead,
    cache_write_tokens: tokens.cacheWrite,
    output_tokens: tokens.output,
  })
  logEvent(study, writes, 'called', number, { model: call.model, outcome, dollars: call.dollars })
}
