/**
 * A study as the server holds it between turns: its row, its open trials and its search. All of it can be rebuilt from
 * the database; `seq` says up to which event it is true.
 */

import type { Beliefs, Json } from '../../optimizers/contract.js'
import { SnapshotError } from '../../optimizers/contract.js'
import {
  believeSearch,
  observe,
  openSearch,
  type Proposed,
  restoreSearch,
  type Search,
} from '../../optimizers/search.js'
import type { Params, Space } from '../../search-spaces/index.js'
import { type AdvisorHistory, EMPTY_HISTORY, rememberTrial } from '../advisors/advisor-history.js'
import { type AdvisorSpec, advisorSource } from '../domain/advisor.js'
import type { Counters } from '../domain/counters.js'
import { decodeSpec } from '../domain/decode-spec.js'
import type { Outcome, StudyState } from '../domain/enums.js'
import type { Foreseen } from '../domain/forecast.js'
import type { TrialOrigin } from '../domain/imported-trial.js'
import type { StudySpec } from '../domain/spec.js'
import type { Sql } from '../storage/database.js'
import { KnownConfigurations } from './known-configurations.js'

/** What is stored of where a configuration came from, beside the configuration. */
export interface Proposal extends Omit<Proposed, 'number' | 'params' | 'memo'> {
  /** Of a trial that was its advisor's to propose: the advisor, and what the optimizer would have run. */
  readonly requested?: string
  readonly optimizerParams?: Params
  /** What the advisor said of its suggestion, or what went wrong. */
  readonly note?: string
  /** Of a trial that runs one of the best again: which. */
  readonly confirms?: number
  readonly duplicateOf?: number
  /** Of a trial that an earlier study ran: which. */
  readonly origin?: TrialOrigin
}

export interface OpenTrial {
  readonly number: number
  readonly params: Params
  readonly memo: Json | null
  readonly source: string
  readonly state: 'proposing' | 'ready' | 'running'
  /** While it is proposing: how the optimizer came to its own point. */
  readonly proposal: Proposal | null
  /** Of the attempt that runs, or of the last one; 0 before the first. */
  readonly attempt: number
  readonly worker: string | null
  readonly token: string | null
  readonly reservedSeconds: number
}

export interface HeldStudy {
  readonly id: string
  readonly name: string
  spec: StudySpec
  readonly space: Space
  readonly advisor: AdvisorSpec | null
  state: StudyState
  reason: string | null
  seq: number
  nextNumber: number
  counters: Counters
  best: { readonly number: number; readonly value: number } | null
  /** proposing, ready and running, by number. */
  readonly open: Map<number, OpenTrial>
  readonly known: KnownConfigurations
  search: Search
  /** What its advisor remembers: learned with the search, from the same log. */
  history: AdvisorHistory
  /** Observations that the search holds, and how many of them the stored snapshot holds. */
  observations: number
  snapshotObservations: number
}

interface StudyRow {
  readonly id: string
  readonly name: string
  readonly spec: StudySpec
  readonly state: StudyState
  readonly reason: string | null
  readonly seq: number
  readonly next_number: number
  readonly counters: Counters
  readonly best_number: number | null
  readonly best_value: number | null
}

/** Reads the study's row under its lock and brings what was held before up to it. Null: there is no such study. */
export async function readHeldStudy(
  tx: Sql,
  id: string,
  held: HeldStudy | undefined,
): Promise<HeldStudy | null> {
  const [row] = await tx.query<StudyRow>(
    `select id, name, spec, state, reason, seq, next_number, counters, best_number, best_value
       from studies where id = $1 for update`,
    [id],
  )
  if (row === undefined) return null
  if (held !== undefined && held.seq === row.seq) return held
  const live = {
    ...(held ?? (await openHeldStudy(tx, row))),
    ...fromRow(row),
    open: await readOpenTrials(tx, id),
  }
  await replayLog(tx, live, held?.nextNumber ?? 0, held?.seq ?? live.seq)
  live.seq = row.seq
  return live
}

function fromRow(row: StudyRow) {
  return {
    spec: row.spec,
    state: row.state,
    reason: row.reason,
    nextNumber: row.next_number,
    counters: row.counters,
    best: row.best_number === null ? null : { number: row.best_number, value: row.best_value! },
  }
}

/** The search as of its last snapshot (event `seq`), or from nothing. */
async function openHeldStudy(tx: Sql, row: StudyRow): Promise<HeldStudy> {
  const { space, method } = decodeSpec(row.spec)
  const advisor = method.advisor ?? null
  const [kept] = await tx.query<{ seq: number; told: number; data: Json }>(
    'select seq, told, data from snapshots where study_id = $1',
    [row.id],
  )
  const from = kept && restoreSnapshot(row, kept)
  return {
    ...fromRow(row),
    id: row.id,
    name: row.name,
    space,
    advisor,
    history: from?.history ?? EMPTY_HISTORY,
    search: from?.search ?? openSearch(space, method, row.spec.seed),
    observations: from?.told ?? 0,
    snapshotObservations: from?.told ?? 0,
    seq: from?.seq ?? 0,
    open: new Map(),
    known: new KnownConfigurations(),
  }
}

/** A snapshot of another version is no loss: the log is replayed instead. */
function restoreSnapshot(row: StudyRow, kept: { seq: number; told: number; data: Json }) {
  const { space, method } = decodeSpec(row.spec)
  const { search, history } = kept.data as unknown as { search?: Json; history: AdvisorHistory }
  try {
    return {
      search: restoreSearch(space, method, row.spec.seed, search ?? null),
      history,
      told: kept.told,
      seq: kept.seq,
    }
  } catch (error) {
    if (error instanceof SnapshotError) return undefined
    throw error
  }
}

async function readOpenTrials(tx: Sql, id: string): Promise<Map<number, OpenTrial>> {
  const rows = await tx.query<OpenTrial>(
    `select number, params, memo, proposal->>'source' as source, state, attempt, worker, token,
            reserved_seconds as "reservedSeconds", case when state = 'proposing' then proposal end as proposal
       from trials where study_id = $1 and state in ('proposing', 'ready', 'running') order by number`,
    [id],
  )
  return new Map(rows.map((trial) => [trial.number, trial]))
}

/** How much of a log is read at a time when it is replayed. */
const REPLAY_PAGE = 2000

/** Catches up with what happened since: configurations from `number` on, settlements after event `seq`. */
async function replayLog(tx: Sql, study: HeldStudy, number: number, seq: number): Promise<void> {
  await replayConfigurations(tx, study, number, seq)
  for (let after = seq, page = REPLAY_PAGE; page === REPLAY_PAGE; ) {
    const learned = await tx.query<ReplayedRow>(
      `select e.seq, case when e.kind = 'believed' then e.data->'beliefs' end as beliefs,
              t.number, t.params, t.params_key as key, t.proposal->>'source' as source, t.memo, t.state,
              t.failure, t.value, t.peak_memory_mb, t.foreseen
         from events e join trials t using (study_id, number)
        where e.study_id = $1 and e.seq > $2 and e.kind in ('settled', 'believed') order by e.seq limit ${REPLAY_PAGE}`,
      [study.id, after],
    )
    for (const { beliefs, ...row } of learned) {
      if (beliefs !== null) study.search = believeSearch(study.search, beliefs)
      else observeTrial(study, row as ObservedTrial)
    }
    page = learned.length
    after = learned.at(-1)?.seq ?? after
  }
}

/** Trials from `number` on, and those before it that were decided or cancelled after event `seq`. */
async function replayConfigurations(tx: Sql, { id, known }: HeldStudy, number: number, seq: number) {
  const trials = await tx.query<{ number: number; key: string; cancelled: boolean }>(
    `select number, params_key as key, state = 'cancelled' as cancelled
       from trials where study_id = $1 and state <> 'proposing'
        and (number >= $2 or number in (
          select number from events where study_id = $1 and seq > $3 and kind in ('advised', 'cancelled')))`,
    [id, number, seq],
  )
  for (const { key, number, cancelled } of trials) {
    if (cancelled) known.remove(key, number)
    else known.add(key, number)
  }
}

/** Whose beliefs came at that point of the log; or the trial that settled. */
interface ReplayedRow extends Omit<ObservedTrial, 'state'> {
  readonly beliefs: Beliefs | null
  readonly state: string
}

export interface ObservedTrial {
  readonly seq: number
  readonly number: number
  readonly params: Params
  readonly key: string
  readonly source: string
  readonly memo: Json | null
  readonly state: 'complete' | 'failed' | 'pruned'
  readonly failure: Exclude<Outcome, 'complete' | 'pruned'> | null
  readonly value: number | null
  readonly peak_memory_mb: number | null
  readonly foreseen: Foreseen | null
}

/** The one way by which a search and its advisor learn: live and in a replay the same. Smaller is better in a search. */
export function observeTrial(study: HeldStudy, row: Omit<ObservedTrial, 'seq'>): void {
  const sign = directionSign(study)
  const value = row.value === null ? undefined : sign * row.value
  const { step, forecast } = row.foreseen ?? {}
  study.search = observe(study.search, [
    {
      number: row.number,
      params: row.params,
      ...(row.memo === null ? {} : { memo: row.memo }),
      ...(row.peak_memory_mb === null ? {} : { peakMemoryMb: row.peak_memory_mb }),
      result:
        row.failure !== null
          ? { outcome: row.failure }
          : row.state === 'pruned'
            ? {
                outcome: 'pruned',
                ...(value === undefined ? {} : { value }),
                ...(step === undefined ? {} : { step }),
                ...(forecast && { forecast: { mean: sign * forecast.mean, sd: forecast.sd } }),
              }
            : { outcome: 'complete', value: value! },
    },
  ])
  study.history = rememberTrial(
    study.history,
    rememberedTrial(row),
    study.advisor === null ? null : advisorSource(study.advisor),
    sign,
  )
  study.observations++
}

export function directionSign({ spec }: HeldStudy): 1 | -1 {
  return spec.objective.direction === 'maximize' ? -1 : 1
}

function rememberedTrial({
  number,
  params,
  key,
  source,
  state,
  failure,
  value,
  peak_memory_mb,
}: Omit<ObservedTrial, 'seq' | 'foreseen'>) {
  const outcome = state === 'failed' ? failure! : state
  return { number, params, key, source, outcome, value, peakMemoryMb: peak_memory_mb }
}
