/** The tables. The SQL in migrations/ is generated from this file (`npx drizzle-kit generate`). */
import { sql } from 'drizzle-orm'
import {
  bigint,
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
import type { Beliefs, EarlierStudy, Json } from '../../optimizers/contract.js'
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
import type {
  CellFigures,
  CellState,
  ExperimentPlan,
  ExperimentState,
  IncumbentSteps,
} from '../domain/experiment.js'
import type { Foreseen } from '../domain/forecast.js'
import type { ProgramFiles } from '../domain/program.js'
import type { StudySpec } from '../domain/spec.js'
import { NOW } from './database.js'

export type EarlierTrials = EarlierStudy['trials']

const timestampColumn = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' })

/** One study. Its row is its lock, and `seq`, the number of its last event, is its version. */
export const studies = pgTable(
  'studies',
  {
    id: uuid().primaryKey().defaultRandom(),
    name: text().notNull(),
    spec: json().$type<StudySpec>().notNull(),
    /** Digest of the spec at creation. Creating the study again compares against it, so later changes do not matter. */
    digest: text().notNull(),
    state: text().$type<StudyState>().notNull().default('active'),
    /** Why the study is paused or finished. */
    reason: text(),
    seq: integer().notNull().default(0),
    nextNumber: integer('next_number').notNull().default(0),
    counters: json().$type<Counters>().notNull(),
    bestNumber: integer('best_number'),
    bestValue: doublePrecision('best_value'),
    /** The standard deviation of repeated measurements, as far as repeats tell. */
    noise: doublePrecision(),
    note: text(),
    tags: json().$type<readonly string[]>(),
    /** The profile that runs the trials, and the server that dispatches them. */
    trainer: text(),
    dispatcher: uuid(),
    dispatcherUntil: timestampColumn('dispatcher_until'),
    createdAt: timestampColumn('created_at').notNull().default(sql.raw(NOW)),
    updatedAt: timestampColumn('updated_at').notNull().default(sql.raw(NOW)),
  },
  (t) => [
    unique('studies_name').on(t.name),
    index('studies_newest').on(t.createdAt, t.id),
    index('studies_to_dispatch').on(t.trainer).where(sql`${t.state} <> 'finished'`),
    check('studies_state', sql`${t.state} in ('active', 'paused', 'finished')`),
  ],
)

const inStudy = () =>
  uuid('study_id')
    .notNull()
    .references(() => studies.id, { onDelete: 'cascade' })

/** One trial: a configuration and its result. The lease columns belong to its running attempt. */
export const trials = pgTable(
  'trials',
  {
    studyId: inStudy(),
    number: integer().notNull(),
    state: text().$type<TrialState>().notNull(),
    failure: text().$type<Failure>(),
    params: json().$type<Params>().notNull(),
    /** Digest of params in canonical form. Equal configurations have equal keys. */
    paramsKey: text('params_key').notNull(),
    /** Where the configuration came from: source, repairs, feasibility … */
    proposal: json().$type<{ readonly source: string; readonly [more: string]: unknown }>().notNull(),
    /** The identity of an imported trial, so that importing it twice makes one trial. */
    importKey: text('import_key'),
    /** Data that the optimizer gets back when its own proposal is told. */
    memo: json().$type<Json>(),
    value: doublePrecision(),
    metrics: json().$type<Record<string, Value | null>>(),
    message: text(),
    /** Only of a pruned trial: its last step and the forecast of its final value. */
    foreseen: json().$type<Foreseen>(),
    trainSeconds: doublePrecision('train_seconds'),
    peakMemoryMb: doublePrecision('peak_memory_mb'),
    tokensPerSecond: doublePrecision('tokens_per_second'),
    note: text(),
    tags: json().$type<readonly string[]>(),
    /** Train seconds of the budget that are reserved while the trial runs. */
    reservedSeconds: doublePrecision('reserved_seconds').notNull().default(0),
    attempt: integer().notNull().default(0),
    worker: text(),
    token: uuid(),
    leaseExpiresAt: timestampColumn('lease_expires_at'),
    /** While the trial is proposing: the server that asks the advisor, and until when its claim lasts. */
    adviser: uuid(),
    adviserUntil: timestampColumn('adviser_until'),
    createdAt: timestampColumn('created_at').notNull().default(sql.raw(NOW)),
    settledAt: timestampColumn('settled_at'),
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

/** One execution of a trial. A retry is a new row, so the history of attempts is kept. */
export const attempts = pgTable(
  'attempts',
  {
    studyId: uuid('study_id').notNull(),
    number: integer().notNull(),
    attempt: integer().notNull(),
    worker: text().notNull(),
    token: uuid().notNull(),
    state: text().$type<AttemptState>().notNull().default('running'),
    /** The accepted tell. The same tell again is recognised by comparing with it. */
    told: json(),
    leasedAt: timestampColumn('leased_at').notNull().default(sql.raw(NOW)),
    endedAt: timestampColumn('ended_at'),
  },
  (t) => [
    primaryKey({ columns: [t.studyId, t.number, t.attempt] }),
    foreignKey({ columns: [t.studyId, t.number], foreignColumns: [trials.studyId, trials.number] }).onDelete(
      'cascade',
    ),
    check('attempts_state', sql`${t.state} in ('running', 'settled', 'lost', 'superseded', 'cancelled')`),
  ],
)

/** The source of the programs that a study's trials run, each once, known by the hash of its content. */
export const programs = pgTable(
  'programs',
  {
    studyId: inStudy(),
    hash: text().notNull(),
    /** The hash of its normal form: equal for programs that differ in comments and layout alone. */
    normal: text().notNull(),
    /** The program that was edited; null of the baseline. */
    parent: text(),
    files: json().$type<ProgramFiles>().notNull(),
    /** Its own values of the constants that the space searches. */
    constants: json().$type<Readonly<Record<string, Value>>>().notNull(),
    createdAt: timestampColumn('created_at').notNull().default(sql.raw(NOW)),
  },
  (t) => [primaryKey({ columns: [t.studyId, t.hash] })],
)

/** What a study knows of earlier ones: their best trials, as they were when it was created. They never change. */
export const earlierStudies = pgTable(
  'earlier_studies',
  {
    studyId: inStudy(),
    place: integer().notNull(),
    /** The earlier study's id and name then; it may be deleted since. */
    id: uuid().notNull(),
    name: text().notNull(),
    /** In the order in which they ended; values as they were measured. */
    trials: json().$type<EarlierTrials>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.studyId, t.place] })],
)

/** The ordered event log of each study. Event streams, audits and replays read it. */
export const events = pgTable(
  'events',
  {
    studyId: inStudy(),
    seq: integer().notNull(),
    kind: text().notNull(),
    number: integer(),
    data: json().$type<Record<string, unknown>>().notNull(),
    at: timestampColumn('at').notNull().default(sql.raw(NOW)),
    /** (xid, id) orders the events of all studies, so that a reader never skips one that is not yet committed. */
    xid: xid8().notNull().default(sql`pg_current_xact_id()`),
    id: bigserial({ mode: 'bigint' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.studyId, t.seq] }), index('events_of_all').on(t.xid, t.id)],
)

/** One row for each improvement of the best value. */
export const incumbents = pgTable(
  'incumbents',
  {
    studyId: inStudy(),
    /** The number of its event. */
    seq: integer().notNull(),
    number: integer().notNull(),
    value: doublePrecision().notNull(),
    source: text().notNull(),
    /** Whether the improvement is no larger than noise alone would make it; null where the noise is not known. */
    withinNoise: boolean('within_noise'),
    /** How many trials had ended, and how many train seconds were spent, when it was found. */
    settled: integer().notNull(),
    trainSeconds: doublePrecision('train_seconds').notNull(),
    at: timestampColumn('at').notNull().default(sql.raw(NOW)),
  },
  (t) => [primaryKey({ columns: [t.studyId, t.seq] })],
)

/** Intermediate values that running trials reported. */
export const reports = pgTable(
  'reports',
  {
    studyId: uuid('study_id').notNull(),
    number: integer().notNull(),
    step: integer().notNull(),
    value: doublePrecision().notNull(),
    at: timestampColumn('at').notNull().default(sql.raw(NOW)),
  },
  (t) => [
    primaryKey({ columns: [t.studyId, t.number, t.step] }),
    foreignKey({ columns: [t.studyId, t.number], foreignColumns: [trials.studyId, trials.number] }).onDelete(
      'cascade',
    ),
    index('reports_by_step').on(t.studyId, t.step, t.number),
  ],
)

/** A study's search as of event `seq`. It only speeds up the replay of the log, and may be deleted at any time. */
export const snapshots = pgTable('snapshots', {
  studyId: uuid('study_id')
    .primaryKey()
    .references(() => studies.id, { onDelete: 'cascade' }),
  seq: integer().notNull(),
  told: integer().notNull(),
  data: json().notNull(),
})

/** Every call of a language model: request, answer and cost. A retry is a new row. */
export const llmCalls = pgTable(
  'llm_calls',
  {
    studyId: uuid('study_id').notNull(),
    /** The trial that the call was for, and the call's number among that trial's calls. */
    number: integer().notNull(),
    call: integer().notNull(),
    /** Made with the call, so that one that is delivered twice is recorded once; null of those before there was one. */
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
    /** What went wrong, as a message for people. */
    message: text(),
    inputTokens: integer('input_tokens').notNull(),
    cacheReadTokens: integer('cache_read_tokens').notNull(),
    cacheWriteTokens: integer('cache_write_tokens').notNull(),
    outputTokens: integer('output_tokens').notNull(),
    /** Null where the model has no price. */
    dollars: doublePrecision(),
    latencyMs: integer('latency_ms').notNull(),
    at: timestampColumn('at').notNull().default(sql.raw(NOW)),
  },
  (t) => [
    primaryKey({ columns: [t.studyId, t.number, t.call] }),
    unique('llm_calls_key').on(t.studyId, t.number, t.key),
    foreignKey({ columns: [t.studyId, t.number], foreignColumns: [trials.studyId, trials.number] }).onDelete(
      'cascade',
    ),
  ],
)

/**
 * Each question to an advisor for its beliefs. The event log has the beliefs too, and the replay reads them from there.
 */
export const inquiries = pgTable(
  'inquiries',
  {
    studyId: uuid('study_id').notNull(),
    /** The trial before which the advisor was asked, and how many trials had ended by then. */
    number: integer().notNull(),
    ended: integer().notNull(),
    /** The advisor that was asked. */
    source: text().notNull(),
    state: text().$type<InquiryState>().notNull(),
    beliefs: json().$type<Beliefs>(),
    /** `note` is what the advisor said, or what went wrong; `reason` is why there are no beliefs. */
    note: text(),
    reason: text(),
    /** While the question is open: the server that asks, and until when its claim lasts. */
    adviser: uuid(),
    adviserUntil: timestampColumn('adviser_until'),
    at: timestampColumn('at').notNull().default(sql.raw(NOW)),
    answeredAt: timestampColumn('answered_at'),
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

/**
 * A grid of studies, arms × seeds, with its analysis. `seq`, the number of its last event, is its version: every change of the
 * experiment or of a cell raises it.
 */
export const experiments = pgTable(
  'experiments',
  {
    id: uuid().primaryKey().defaultRandom(),
    name: text().notNull(),
    description: text(),
    /** What was declared, and its digest. */
    plan: json().$type<ExperimentPlan>().notNull(),
    digest: text().notNull(),
    state: text().$type<ExperimentState>().notNull().default('running'),
    reason: text(),
    seq: integer().notNull().default(0),
    /** How many cells run at a time. */
    parallel: integer().notNull(),
    createdAt: timestampColumn('created_at').notNull().default(sql.raw(NOW)),
    updatedAt: timestampColumn('updated_at').notNull().default(sql.raw(NOW)),
  },
  (t) => [
    unique('experiments_name').on(t.name),
    index('experiments_newest').on(t.createdAt, t.id),
    index('experiments_open').on(t.createdAt).where(sql`${t.state} in ('running', 'paused')`),
    check('experiments_state', sql`${t.state} in ('running', 'paused', 'finished', 'failed')`),
  ],
)

const inExperiment = () =>
  uuid('experiment_id')
    .notNull()
    .references(() => experiments.id, { onDelete: 'cascade' })

/** One cell of an experiment: an arm and a seed. Its trials are those of an ordinary study. */
export const cells = pgTable(
  'cells',
  {
    experimentId: inExperiment(),
    arm: text().notNull(),
    seed: bigint({ mode: 'number' }).notNull(),
    /** Cells start in this order. */
    position: integer().notNull(),
    state: text().$type<CellState>().notNull().default('waiting'),
    reason: text(),
    /** Raised when it runs again after it failed. */
    attempt: integer().notNull().default(1),
    /** Its study, by name, and its id once it exists. A study may be deleted without its experiment. */
    study: text().notNull(),
    studyId: uuid('study_id'),
    /** The study that runs the recommended configuration again. */
    endpointStudyId: uuid('endpoint_study_id'),
    /** What the analysis needs, stored when the cell ends, so that nobody scans its trials again. */
    result: json().$type<CellFigures>(),
    /** Most of what is stored with a cell, and needed by the analysis alone: a column that the other reads leave out. */
    steps: json().$type<IncumbentSteps>(),
    /** Whether it was added after the experiment had begun. */
    added: boolean().notNull().default(false),
    startedAt: timestampColumn('started_at'),
    endedAt: timestampColumn('ended_at'),
  },
  (t) => [
    primaryKey({ columns: [t.experimentId, t.arm, t.seed] }),
    index('cells_in_order').on(t.experimentId, t.position),
    check(
      'cells_state',
      sql`${t.state} in ('waiting', 'running', 'measuring', 'finished', 'failed', 'stopped')`,
    ),
    check('cells_result', sql`(${t.state} = 'finished') <= (${t.result} is not null)`),
  ],
)

/** What happened to an experiment and to its cells. */
export const experimentEvents = pgTable(
  'experiment_events',
  {
    experimentId: inExperiment(),
    seq: integer().notNull(),
    kind: text().notNull(),
    data: json().$type<Record<string, unknown>>().notNull(),
    at: timestampColumn('at').notNull().default(sql.raw(NOW)),
  },
  (t) => [primaryKey({ columns: [t.experimentId, t.seq] })],
)
