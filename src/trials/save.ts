/**
 * Stores what a turn did: one statement, all or nothing, and nothing at all where the study has moved on since it was
 * read (`where seq = $2`): then the turn is played again on what is there now.
 */

import type { Json } from '../../optimizers/contract.js'
import type { Params } from '../../search-spaces/index.js'
import type { Sql } from '../db/database.js'
import { fromSql } from '../db/rows.js'
import type { CallOutcome } from '../model/words.js'
import type { Proposal } from './birth.js'
import type { Live } from './live.js'
import type { TrialRow } from './view.js'

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
    leases: [],
    renewed: [],
    ends: [],
    attemptEnds: [],
    events: [],
    incumbents: [],
  }
}

/** Whether the turn has changed this trial: its statement can change a row only once. */
export function touches({ born, advised, leases, renewed }: Writes, number: number): boolean {
  return (
    renewed.includes(number) || [...born, ...advised, ...leases].some((change) => change.number === number)
  )
}

/** What the database says of what was stored: trials by number, with the times of its own clock. */
export type Saved = ReadonlyMap<number, TrialRow>

/** Null: the study is not at event `from` any more, and nothing was stored. */
export async function save(sql: Sql, live: Live, from: number, writes: Writes): Promise<Saved | null> {
  if (live.seq === from && writes.renewed.length === 0)
    return (await isAt(sql, live.id, from)) ? new Map() : null
  const { statement, parameters } = compose(live, from, writes)
  const rows = await sql.query<{ trial: Record<string, unknown> | null }>(statement, parameters)
  if (rows.length === 0) return null
  const trials = rows.flatMap(({ trial }) => (trial === null ? [] : [fromSql<TrialRow>(trial)]))
  return new Map(trials.map((trial) => [trial.number, trial]))
}

/** Nothing to store, but an answer to give: it must not come from a state that another server has left behind. */
async function isAt(sql: Sql, id: string, seq: number): Promise<boolean> {
  return (await sql.query('select 1 from studies where id = $1 and seq = $2', [id, seq])).length > 0
}

/** Only the parts that have something to store: few combinations, each prepared once. */
function compose(live: Live, from: number, writes: Writes): { statement: string; parameters: unknown[] } {
  const parameters: unknown[] = [
    live.id,
    from,
    live.state,
    live.reason,
    live.seq,
    live.nextNumber,
    JSON.stringify(live.counters),
    live.best?.number ?? null,
    live.best?.value ?? null,
    live.spec.lease.seconds,
  ]
  const give = (value: unknown, type: string) => `$${parameters.push(value)}::${type}`
  /** Said beside the list, so that no plan reads a whole study to join it with the list afterwards. */
  const among = (items: readonly { readonly number: number }[]) =>
    `number = any(${give(`{${items.map((item) => item.number).join()}}`, 'text')}::int[])`
  const list = (items: readonly unknown[]) =>
    `json_to_recordset(${give(JSON.stringify(items), 'text')}::json)`
  const parts = [GUARD]
  const results = ['trial']

  const leases = new Map(writes.leases.map((l) => [l.number, l]))
  const born = writes.born.map((trial) => ({
    ...trial,
    ...leases.get(trial.number),
    ...endOf(writes, trial.number),
  }))
  const advised = writes.advised.map((trial) => ({ ...trial, ...leases.get(trial.number) }))
  const bornNumbers = new Set(born.map((trial) => trial.number))
  const decided = new Set([...bornNumbers, ...advised.map((trial) => trial.number)])
  if (born.length > 0) parts.push(bornPart(list(born)))
  if (advised.length > 0) parts.push(advisedPart(list(advised), among(advised)))
  if (writes.calls.length > 0) parts.push(callsPart(list(writes.calls)))
  if (writes.leases.length > 0) parts.push(attemptsPart(list(writes.leases)))

  const again = writes.leases.filter((l) => !decided.has(l.number))
  if (again.length > 0) parts.push(leasedPart(list(again), among(again)))
  const renewed = writes.renewed.map((number) => ({ number }))
  if (renewed.length > 0) parts.push(renewedPart(among(renewed)))
  const ends = writes.ends.filter((e) => !bornNumbers.has(e.number))
  if (ends.length > 0) parts.push(endedPart(list(ends), among(ends)))
  if (writes.attemptEnds.length > 0)
    parts.push(attemptEndsPart(list(writes.attemptEnds), among(writes.attemptEnds)))
  if (writes.events.length > 0) parts.push(eventsPart(list(writes.events)))
  if (writes.incumbents.length > 0) parts.push(incumbentsPart(list(writes.incumbents)))
  for (const name of ['born', 'advised', 'leased', 'renewed', 'ended']) {
    if (parts.some((part) => part.startsWith(`${name} as`))) results.push(name)
  }
  return { statement: `with ${parts.join(',\n')}\n${answer(results.slice(1))}`, parameters }
}

function endOf(writes: Writes, number: number): Partial<End> {
  return writes.ends.find((end) => end.number === number) ?? {}
}

/** A server that has not spoken for so long about a trial's advice has lost it to the others. */
export const ADVISER_SECONDS = 15

const GUARD = `guard as (
  update studies set state = $3, reason = $4, seq = $5::int, next_number = $6::int, counters = $7::text::json,
         best_number = $8::int, best_value = $9::float8, updated_at = now()
   where id = $1 and seq = $2::int
  returning id, now() + make_interval(secs => $10::float8) as expires)`

const END_COLUMNS =
  'failure text, value float8, metrics json, message text, train_seconds float8, peak_memory_mb float8, tokens_per_second float8'

const bornPart = (list: string) => `born as (
  insert into trials (study_id, number, state, params, params_key, proposal, memo, attempt, worker, token, reserved_seconds,
                      lease_expires_at, adviser_until, failure, value, metrics, message, train_seconds, peak_memory_mb, tokens_per_second, settled_at)
  select guard.id, x.number, x.state, x.params, x.params_key, x.proposal, x.memo, coalesce(x.attempt, 0), x.worker, x.token,
         coalesce(x.reserved_seconds, 0), case when x.token is not null then guard.expires end,
         case when x.state = 'proposing' then now() + interval '${ADVISER_SECONDS} seconds' end, x.failure, x.value, x.metrics, x.message,
         x.train_seconds, x.peak_memory_mb, x.tokens_per_second, case when x.state not in ('proposing', 'ready', 'running') then now() end
    from guard, ${list} as x(number int, state text, params json, params_key text, proposal json, memo json, attempt int,
                             worker text, token uuid, reserved_seconds float8, ${END_COLUMNS})
  returning *)`

const advisedPart = (list: string, among: string) => `advised as (
  update trials t set state = x.state, params = x.params, params_key = x.params_key, proposal = x.proposal, memo = x.memo,
         message = x.message, adviser = null, adviser_until = null, attempt = coalesce(x.attempt, 0), worker = x.worker, token = x.token,
         reserved_seconds = coalesce(x.reserved_seconds, 0), lease_expires_at = case when x.token is not null then guard.expires end,
         settled_at = case when x.state = 'cancelled' then now() end
    from guard, ${list} as x(number int, state text, params json, params_key text, proposal json, memo json, message text, attempt int,
                             worker text, token uuid, reserved_seconds float8)
   where t.study_id = guard.id and t.${among} and t.number = x.number and t.state = 'proposing' returning t.*)`

const callsPart = (list: string) => `called as (
  insert into llm_calls (study_id, number, call, provider, model, prompt, request, answer, thinking, outcome, message,
                         input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, dollars, latency_ms)
  select guard.id, x.number, 1 + (select count(*) from llm_calls c where c.study_id = guard.id and c.number = x.number),
         x.provider, x.model, x.prompt, x.request, x.answer, x.thinking, x.outcome, x.message,
         x.input_tokens, x.cache_read_tokens, x.cache_write_tokens, x.output_tokens, x.dollars, x.latency_ms
    from guard, ${list} as x(number int, provider text, model text, prompt text, request json, answer text, thinking text, outcome text,
                             message text, input_tokens int, cache_read_tokens int, cache_write_tokens int, output_tokens int,
                             dollars float8, latency_ms int))`

const attemptsPart = (list: string) => `tried as (
  insert into attempts (study_id, number, attempt, worker, token)
  select guard.id, x.number, x.attempt, x.worker, x.token
    from guard, ${list} as x(number int, attempt int, worker text, token uuid))`

const leasedPart = (list: string, among: string) => `leased as (
  update trials t set state = 'running', attempt = x.attempt, worker = x.worker, token = x.token,
         reserved_seconds = x.reserved_seconds, lease_expires_at = guard.expires
    from guard, ${list} as x(number int, attempt int, worker text, token uuid, reserved_seconds float8)
   where t.study_id = guard.id and t.${among} and t.number = x.number and t.state = 'ready' returning t.*)`

const renewedPart = (among: string) => `renewed as (
  update trials t set lease_expires_at = guard.expires from guard
   where t.study_id = guard.id and t.${among} and t.state = 'running' returning t.*)`

const endedPart = (list: string, among: string) => `ended as (
  update trials t set state = x.state, failure = x.failure, value = x.value, metrics = x.metrics, message = x.message,
         train_seconds = x.train_seconds, peak_memory_mb = x.peak_memory_mb, tokens_per_second = x.tokens_per_second,
         attempt = x.attempt, token = null, lease_expires_at = null, adviser = null, adviser_until = null,
         reserved_seconds = 0, settled_at = now()
    from guard, ${list} as x(number int, attempt int, state text, ${END_COLUMNS})
   where t.study_id = guard.id and t.${among} and t.number = x.number
     and (t.state in ('proposing', 'ready', 'running') or t.failure = 'lost') returning t.*)`

const attemptEndsPart = (list: string, among: string) => `closed as (
  update attempts a set state = x.state, told = x.told, ended_at = now()
    from guard, ${list} as x(number int, attempt int, state text, told json)
   where a.study_id = guard.id and a.${among} and a.number = x.number and a.attempt = x.attempt)`

const eventsPart = (list: string) => `logged as (
  insert into events (study_id, seq, kind, number, data)
  select guard.id, x.seq, x.kind, x.number, x.data
    from guard, ${list} as x(seq int, kind text, number int, data json) order by x.seq)`

const incumbentsPart = (list: string) => `found as (
  insert into incumbents (study_id, seq, number, value, source, within_noise, settled, train_seconds)
  select guard.id, x.seq, x.number, x.value, x.source, x.within_noise, x.settled, x.train_seconds
    from guard, ${list} as x(seq int, number int, value float8, source text, within_noise boolean, settled int,
                             train_seconds float8))`

/** A row for the guard (none: refused), then one for each trial that changed. */
const answer = (names: readonly string[]) =>
  [
    `select null::json as trial from guard`,
    ...names.map((name) => `select to_json(${name}) from ${name}`),
  ].join('\nunion all ')
