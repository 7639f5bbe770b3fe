/** What is kept. The SQL in migrations/ is generated from here (`npx drizzle-kit generate`). */
import { sql } from 'drizzle-orm'
import {
  bigserial,
  boolean,
  check,
  customType,
  doublePrecision,
  foreignKey,
  index,
  integer,
  json,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { Beliefs, Json } from '../../optimizers/contract.js'
import type { Params, Value } from '../../search-spaces/types.js'
import type { Counters } from '../domain/counters.js'
import type {
  AttemptState,
  CallOutcome,
  CallPurpose,
  Failure,
  InquiryState,
  StudyState,
  TrialState,
} from '../domain/enums.js'
import type { Foreseen } from '../domain/forecast.js'
import type { StudySpec } from '../domain/spec.js'
import { NOW } from './database.js'

const at = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' })

/** One search. The row is its lock and its version: `seq` is the number of its last event. */
export const studies = pgTable(
  'studies',
  {
    id: uuid().primaryKey().defaultRandom(),
    name: text().notNull(),
    spec: json().$type<StudySpec>().notNull(),
    /** Of the spec as it was created: creating it again is answered by it, whatever was changed since. */
    digest: text().notNull(),
    state: text().$type<StudyState>().notNull().default('active'),
    /** Why it is paused or finished. */
    reason: text(),
    seq: integer().notNull().default(0),
    nextNumber: integer('next_number').notNull().default(0),
    counters: json().$type<Counters>().notNull(),
    bestNumber: integer('best_number'),
    bestValue: doublePrecision('best_value'),
    /** The profile that runs its trials, and the server that sees to it. */
    trainer: text(),
    dispatcher: uuid(),
    dispatcherUntil: at('dispatcher_until'),
    createdAt: at('created_at').notNull().default(sql.raw(NOW)),
    updatedAt: at('updated_at').notNull().default(sql.raw(NOW)),
  },
  (t) => [
    unique('studies_name').on(t.name),
    index('studies_newest').on(t.createdAt, t.id),
    index('studies_to_dispatch').on(t.trainer).where(sql`${t.state} = 'active'`),
    check('studies_state', sql`${t.state} in ('active', 'paused', 'finished')`),
  ],
)

const inStudy = () =>
  uuid('study_id')
    .notNull()
    .references(() => studies.id, { onDelete: 'cascade' })

/** One configuration. The lease columns are those of its running attempt. */
export const trials = pgTable(
  'trials',
  {
    studyId: inStudy(),
    number: integer().notNull(),
    state: text().$type<TrialState>().notNull(),
    failure: text().$type<Failure>(),
    params: json().$type<Params>().notNull(),
    /** Digest of params in canonical form: equal keys are equal configurations. */
    paramsKey: text('params_key').notNull(),
    /** Where the configuration came from: source, repairs, feasibility … */
    proposal: json().$type<{ readonly source: string; readonly [more: string]: unknown }>().notNull(),
    /** Of an imported trial: its identity, so that importing it twice makes one trial. */
    importKey: text('import_key'),
    /** What the optimizer wants back when its own proposal is told. */
    memo: json().$type<Json>(),
    value: doublePrecision(),
    metrics: json().$type<Record<string, Value | null>>(),
    message: text(),
    /** Of one that was stopped. */
    foreseen: json().$type<Foreseen>(),
    trainSeconds: doublePrecision('train_seconds'),
    peakMemoryMb: doublePrecision('peak_memory_mb'),
    tokensPerSecond: doublePrecision('tokens_per_second'),
    /** Train seconds held back for it while it runs. */
    reservedSeconds: doublePrecision('reserved_seconds').notNull().default(0),
    attempt: integer().notNull().default(0),
    worker: text(),
    token: uuid(),
    leaseExpiresAt: at('lease_expires_at'),
    /** While it is proposing: the server that sees to its advice, and until when nobody else may. */
    adviser: uuid(),
    adviserUntil: at('adviser_until'),
    createdAt: at('created_at').notNull().default(sql.raw(NOW)),
    settledAt: at('settled_at'),
  },
  (t) => [
    primaryKey({ columns: [t.studyId, t.number] }),
    uniqueIndex('trials_import_key').on(t.studyId, t.importKey).where(sql`${t.importKey} is not null`),
    index('trials_by_state').on(t.studyId, t.state, t.number),
    index('trials_expiring').on(t.leaseExpiresAt).where(sql`${t.state} = 'running'`),
    index('trials_advising').on(t.adviserUntil).where(sql`${t.state} = 'proposing'`),
    check(
      'trials_state',
      sql`${t.state} in ('proposing', 'ready', 'running', 'complete', 'failed', 'pruned', 'cancelled')`,
    ),
    check('trials_failure', sql`(${t.state} = 'failed') = (${t.failure} is not null)`),
    check('trials_lease', sql`(${t.state} = 'running') = (${t.token} is not null)`),
    check('trials_adviser', sql`(${t.state} = 'proposing') = (${t.adviserUntil} is not null)`),
    check('trials_value', sql`${t.value} is null or ${t.state} in ('complete', 'pruned')`),
  ],
)

/** One execution of a trial. A retry is a new row: the lineage stays. */
export const attempts = pgTable(
  'attempts',
  {
    studyId: uuid('study_id').notNull(),
    number: integer().notNull(),
    attempt: integer().notNull(),
    worker: text().notNull(),
    token: uuid().notNull(),
    state: text().$type<AttemptState>().notNull().default('running'),
    /** The tell as it was accepted: the same one again is answered from here. */
    told: json(),
    leasedAt: at('leased_at').notNull().default(sql.raw(NOW)),
    endedAt: at('ended_at'),
  },
  (t) => [
    primaryKey({ columns: [t.studyId, t.number, t.attempt] }),
    foreignKey({ columns: [t.studyId, t.number], foreignColumns: [trials.studyId, trials.number] }).onDelete(
      'cascade',
    ),
    check('attempts_state', sql`${t.state} in ('running', 'settled', 'lost', 'superseded', 'cancelled')`),
  ],
)

/** The ordered log: what happened, in the order in which it counts. Streams, audits and replays read it. */
export const events = pgTable(
  'events',
  {
    studyId: inStudy(),
    seq: integer().notNull(),
    kind: text().notNull(),
    number: integer(),
    data: json().$type<Record<string, unknown>>().notNull(),
    at: at('at').notNull().default(sql.raw(NOW)),
    /** (xid, id) orders the events of all studies so that a reader never passes one not yet committed. */
    xid: xid8().notNull().default(sql`pg_current_xact_id()`),
    id: bigserial({ mode: 'bigint' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.studyId, t.seq] }), index('events_of_all').on(t.xid, t.id)],
)

/** Each time the best value fell (or rose, where more is better). */
export const incumbents = pgTable(
  'incumbents',
  {
    studyId: inStudy(),
    /** Of its event. */
    seq: integer().notNull(),
    number: integer().notNull(),
    value: doublePrecision().notNull(),
    source: text().notNull(),
    /** The step from the one before is no larger than the noise makes by itself; null where the noise is not known. */
    withinNoise: boolean('within_noise'),
    /** Trials settled and train seconds spent when it was found. */
    settled: integer().notNull(),
    trainSeconds: doublePrecision('train_seconds').notNull(),
    at: at('at').notNull().default(sql.raw(NOW)),
  },
  (t) => [primaryKey({ columns: [t.studyId, t.seq] })],
)

/** What a running trial said on its way. */
export const reports = pgTable(
  'reports',
  {
    studyId: uuid('study_id').notNull(),
    number: integer().notNull(),
    step: integer().notNull(),
    value: doublePrecision().notNull(),
    at: at('at').notNull().default(sql.raw(NOW)),
  },
  (t) => [
    primaryKey({ columns: [t.studyId, t.number, t.step] }),
    foreignKey({ columns: [t.studyId, t.number], foreignColumns: [trials.studyId, trials.number] }).onDelete(
      'cascade',
    ),
    index('reports_by_step').on(t.studyId, t.step, t.number),
  ],
)

/** A study's search as of event `seq`: a shortcut for the replay, never the truth. */
export const snapshots = pgTable('snapshots', {
  studyId: uuid('study_id')
    .primaryKey()
    .references(() => studies.id, { onDelete: 'cascade' }),
  seq: integer().notNull(),
  told: integer().notNull(),
  data: json().notNull(),
})

/** Every call of a language model: what was sent, what came back, what it cost. A retry is a new row. */
export const llmCalls = pgTable(
  'llm_calls',
  {
    studyId: uuid('study_id').notNull(),
    /** The trial that it was to advise on, and the how many-th call for it. */
    number: integer().notNull(),
    call: integer().notNull(),
    /** Made with the call, so that a call that is delivered twice is recorded once; null in rows older than the column. */
    key: uuid(),
    purpose: text().$type<CallPurpose>().notNull().default('configuration'),
    provider: text().notNull(),
    model: text().notNull(),
    /** The prompt's template and version. */
    prompt: text().notNull(),
    request: json().notNull(),
    answer: text(),
    thinking: text(),
    outcome: text().$type<CallOutcome>().notNull(),
    /** What went wrong, for people. */
    message: text(),
    inputTokens: integer('input_tokens').notNull(),
    cacheReadTokens: integer('cache_read_tokens').notNull(),
    cacheWriteTokens: integer('cache_write_tokens').notNull(),
    outputTokens: integer('output_tokens').notNull(),
    /** Null where the model has no price. */
    dollars: doublePrecision(),
    latencyMs: integer('latency_ms').notNull(),
    at: at('at').notNull().default(sql.raw(NOW)),
  },
  (t) => [
    primaryKey({ columns: [t.studyId, t.number, t.call] }),
    unique('llm_calls_key').on(t.studyId, t.number, t.key),
    foreignKey({ columns: [t.studyId, t.number], foreignColumns: [trials.studyId, trials.number] }).onDelete(
      'cascade',
    ),
  ],
)

/** Each time an advisor was asked what it believes. The log has the beliefs too: the search is replayed from there. */
export const inquiries = pgTable(
  'inquiries',
  {
    studyId: uuid('study_id').notNull(),
    /** The trial before which it was asked, and how many had ended then. */
    number: integer().notNull(),
    ended: integer().notNull(),
    /** Whose beliefs they are. */
    source: text().notNull(),
    state: text().$type<InquiryState>().notNull(),
    beliefs: json().$type<Beliefs>(),
    /** What the advisor said of them; or why there are none, and what went wrong. */
    note: text(),
    reason: text(),
    /** While it is being asked: the server that sees to it, and until when nobody else may. */
    adviser: uuid(),
    adviserUntil: at('adviser_until'),
    at: at('at').notNull().default(sql.raw(NOW)),
    answeredAt: at('answered_at'),
  },
  (t) => [
    primaryKey({ columns: [t.studyId, t.number] }),
    foreignKey({ columns: [t.studyId, t.number], foreignColumns: [trials.studyId, trials.number] }).onDelete(
      'cascade',
    ),
    index('inquiries_open').on(t.adviserUntil).where(sql`${t.state} = 'asking'`),
    check('inquiries_state', sql`${t.state} in ('asking', 'believed', 'failed')`),
    check('inquiries_adviser', sql`(${t.state} = 'asking') = (${t.adviserUntil} is not null)`),
    check('inquiries_beliefs', sql`(${t.state} = 'believed') = (${t.beliefs} is not null)`),
  ],
)
