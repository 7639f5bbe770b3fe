/**
 * The statement that stores what turns did: a guard for each study, and of the other parts those that have something to
 * store. So there are few combinations, each prepared once, whatever the number of studies and trials.
 */
import { NOW } from '../storage/database.js'
import type { PlayedTurn } from './writes.js'

/** A server that has not spoken for so long about a trial's advice has lost it to the others. */
export const ADVICE_CLAIM_SECONDS = 15

export function composeStatement(played: readonly PlayedTurn[]): { statement: string; parameters: string[] } {
  // By study, so that two servers whose statements share studies wait for each other in one order.
  const turns = [...played].sort((a, b) => (a.study.id < b.study.id ? -1 : 1))
  const parameters: string[] = []
  const list = (items: readonly unknown[]) =>
    `json_to_recordset($${parameters.push(JSON.stringify(items))}::text::json)`
  const parts = [guard(list(turns.map(guardRow)))]
  const answering: string[] = []
  for (const { name, answers, items, sql } of PARTS) {
    const here = turns.flatMap((turn) => items(turn).map((item) => ({ ...item, study: turn.study.id })))
    if (here.length === 0) continue
    parts.push(sql(list(here)))
    if (answers) answering.push(name)
  }
  return { statement: `with ${parts.join(',\n')}\n${answerSelect(answering)}`, parameters }
}

interface Item {
  readonly number: number | null
}

interface Part {
  readonly name: string
  /** Whether it says which trials it changed. */
  readonly answers: boolean
  readonly items: (turn: PlayedTurn) => readonly Item[]
  readonly sql: (list: string) => string
}

function guardRow({ study, from }: PlayedTurn) {
  return {
    id: study.id,
    was: from,
    state: study.state,
    reason: study.reason,
    seq: study.seq,
    next_number: study.nextNumber,
    counters: study.counters,
    best_number: study.best?.number ?? null,
    best_value: study.best?.value ?? null,
    lease_seconds: study.spec.lease.seconds,
  }
}

const guard = (list: string) => `guard as (
  update studies s set state = x.state, reason = x.reason, seq = x.seq, next_number = x.next_number, counters = x.counters,
         best_number = x.best_number, best_value = x.best_value, updated_at = ${NOW}
    from ${list} as x(id uuid, was int, state text, reason text, seq int, next_number int, counters json,
                      best_number int, best_value float8, lease_seconds float8)
   where s.id = x.id and s.seq = x.was
  returning s.id, ${NOW} + make_interval(secs => x.lease_seconds) as expires)`

const END_COLUMNS =
  'failure text, value float8, metrics json, message text, train_seconds float8, peak_memory_mb float8, tokens_per_second float8, foreseen json'

const PARTS: readonly Part[] = [
  {
    name: 'born',
    answers: true,
    items: ({ writes: { created, leases, ends } }) =>
      created.map((trial) => ({ ...trial, ...changeOf(leases, trial), ...changeOf(ends, trial) })),
    sql: (list) => `born as (
  insert into trials (study_id, number, state, params, params_key, proposal, import_key, memo, attempt, worker, token, reserved_seconds,
                      lease_expires_at, adviser_until, failure, value, metrics, message, train_seconds, peak_memory_mb, tokens_per_second, foreseen, settled_at)
  select guard.id, x.number, x.state, x.params, x.params_key, x.proposal, x.import_key, x.memo, coalesce(x.attempt, 0), x.worker, x.token,
         coalesce(x.reserved_seconds, 0), case when x.token is not null then guard.expires end,
         case when x.state = 'proposing' then ${NOW} + interval '${ADVICE_CLAIM_SECONDS} seconds' end, x.failure, x.value, x.metrics, x.message,
         x.train_seconds, x.peak_memory_mb, x.tokens_per_second, x.foreseen, case when x.state not in ('proposing', 'ready', 'running') then ${NOW} end
    from guard, ${list} as x(study uuid, number int, state text, params json, params_key text, proposal json, import_key text,
                             memo json, attempt int, worker text, token uuid, reserved_seconds float8, ${END_COLUMNS})
   where x.study = guard.id
  returning *)`,
  },
  {
    name: 'advised',
    answers: true,
    items: ({ writes: { decided, leases } }) =>
      decided.map((trial) => ({ ...trial, ...changeOf(leases, trial) })),
    sql: (list) => `advised as (
  update trials t set state = x.state, params = x.params, params_key = x.params_key, proposal = x.proposal, memo = x.memo,
         message = x.message, adviser = null, adviser_until = null, attempt = coalesce(x.attempt, 0), worker = x.worker, token = x.token,
         reserved_seconds = coalesce(x.reserved_seconds, 0), lease_expires_at = case when x.token is not null then guard.expires end,
         settled_at = case when x.state = 'cancelled' then ${NOW} end
    from guard, ${list} as x(study uuid, number int, state text, params json, params_key text, proposal json, memo json, message text,
                             attempt int, worker text, token uuid, reserved_seconds float8)
   where x.study = guard.id and t.study_id = guard.id and t.number = x.number and t.state = 'proposing'
  returning t.*)`,
  },
  {
    name: 'called',
    answers: false,
    items: ({ writes }) => writes.calls,
    sql: (list) => `called as (
  insert into llm_calls (study_id, number, call, key, purpose, provider, model, prompt, request, answer, thinking, outcome, message,
                         input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, dollars, latency_ms)
  select guard.id, x.number, 1 + (select count(*) from llm_calls c where c.study_id = guard.id and c.number = x.number),
         x.key, x.purpose, x.provider, x.model, x.prompt, x.request, x.answer, x.thinking, x.outcome, x.message,
         x.input_tokens, x.cache_read_tokens, x.cache_write_tokens, x.output_tokens, x.dollars, x.latency_ms
    from guard, ${list} as x(study uuid, number int, key uuid, purpose text, provider text, model text, prompt text, request json, answer text, thinking text,
                             outcome text, message text, input_tokens int, cache_read_tokens int, cache_write_tokens int, output_tokens int,
                             dollars float8, latency_ms int)
   where x.study = guard.id)`,
  },
  {
    name: 'inquired',
    answers: false,
    items: ({ writes }) => writes.inquiries,
    // One that is open is for any server to take up, at once.
    sql: (list) => `inquired as (
  insert into inquiries (study_id, number, ended, source, state, beliefs, note, adviser_until, answered_at)
  select guard.id, x.number, x.ended, x.source, x.state, x.beliefs, x.note, case when x.state = 'asking' then ${NOW} end,
         case when x.state <> 'asking' then ${NOW} end
    from guard, ${list} as x(study uuid, number int, ended int, source text, state text, beliefs json, note text)
   where x.study = guard.id)`,
  },
  {
    name: 'answered',
    answers: false,
    items: ({ writes }) => writes.inquiryEnds,
    sql: (list) => `answered as (
  update inquiries t set state = x.state, beliefs = x.beliefs, note = x.note, reason = x.reason, adviser = null,
         adviser_until = null, answered_at = ${NOW}
    from guard, ${list} as x(study uuid, number int, state text, beliefs json, note text, reason text)
   where x.study = guard.id and t.study_id = guard.id and t.number = x.number and t.state = 'asking')`,
  },
  {
    name: 'tried',
    answers: false,
    items: ({ writes }) => writes.leases,
    sql: (list) => `tried as (
  insert into attempts (study_id, number, attempt, worker, token)
  select guard.id, x.number, x.attempt, x.worker, x.token
    from guard, ${list} as x(study uuid, number int, attempt int, worker text, token uuid)
   where x.study = guard.id)`,
  },
  {
    name: 'leased',
    answers: true,
    items: ({ writes: { created, decided, leases } }) => without(leases, [...created, ...decided]),
    sql: (list) => `leased as (
  update trials t set state = 'running', attempt = x.attempt, worker = x.worker, token = x.token,
         reserved_seconds = x.reserved_seconds, lease_expires_at = guard.expires
    from guard, ${list} as x(study uuid, number int, attempt int, worker text, token uuid, reserved_seconds float8)
   where x.study = guard.id and t.study_id = guard.id and t.number = x.number and t.state = 'ready'
  returning t.*)`,
  },
  {
    name: 'renewed',
    answers: true,
    items: ({ writes }) => writes.renewed.map((number) => ({ number })),
    sql: (list) => `renewed as (
  update trials t set lease_expires_at = guard.expires
    from guard, ${list} as x(study uuid, number int)
   where x.study = guard.id and t.study_id = guard.id and t.number = x.number and t.state = 'running'
  returning t.*)`,
  },
  {
    name: 'ended',
    answers: true,
    items: ({ writes: { created, ends } }) => without(ends, created),
    sql: (list) => `ended as (
  update trials t set state = x.state, failure = x.failure, value = x.value, metrics = x.metrics, message = x.message,
         train_seconds = x.train_seconds, peak_memory_mb = x.peak_memory_mb, tokens_per_second = x.tokens_per_second,
         foreseen = x.foreseen, attempt = x.attempt, token = null, lease_expires_at = null, adviser = null, adviser_until = null,
         reserved_seconds = 0, settled_at = ${NOW}
    from guard, ${list} as x(study uuid, number int, attempt int, state text, ${END_COLUMNS})
   where x.study = guard.id and t.study_id = guard.id and t.number = x.number
     and t.state in ('proposing', 'ready', 'running', 'failed') and (t.state <> 'failed' or t.failure = 'lost')
  returning t.*)`,
  },
  {
    name: 'closed',
    answers: false,
    items: ({ writes }) => writes.attemptEnds,
    sql: (list) => `closed as (
  update attempts t set state = x.state, told = x.told, ended_at = ${NOW}
    from guard, ${list} as x(study uuid, number int, attempt int, state text, told json)
   where x.study = guard.id and t.study_id = guard.id and t.number = x.number and t.attempt = x.attempt)`,
  },
  {
    name: 'logged',
    answers: false,
    items: ({ writes }) => writes.events,
    sql: (list) => `logged as (
  insert into events (study_id, seq, kind, number, data)
  select guard.id, x.seq, x.kind, x.number, x.data
    from guard, ${list} as x(study uuid, seq int, kind text, number int, data json)
   where x.study = guard.id order by x.study, x.seq)`,
  },
  {
    name: 'found',
    answers: false,
    items: ({ writes }) => writes.incumbents,
    sql: (list) => `found as (
  insert into incumbents (study_id, seq, number, value, source, within_noise, settled, train_seconds)
  select guard.id, x.seq, x.number, x.value, x.source, x.within_noise, x.settled, x.train_seconds
    from guard, ${list} as x(study uuid, seq int, number int, value float8, source text, within_noise boolean, settled int,
                             train_seconds float8)
   where x.study = guard.id)`,
  },
]

function changeOf<Change extends Item>(changes: readonly Change[], { number }: Item): Partial<Change> {
  return changes.find((change) => change.number === number) ?? {}
}

function without<Change extends Item>(changes: readonly Change[], others: readonly Item[]): Change[] {
  const taken = new Set(others.map(({ number }) => number))
  return changes.filter(({ number }) => !taken.has(number))
}

/** A row for each study that its guard let pass, then one for each trial that changed. */
const answerSelect = (names: readonly string[]) =>
  [
    'select id as study, null::json as trial from guard',
    ...names.map((name) => `select study_id, to_json(${name}) from ${name}`),
  ].join('\nunion all ')
