/**
 * A study as the server holds it between turns: its row, its open trials and its search. All of it can be rebuilt from
 * the database; `seq` says up to which event it is true.
 */

import type { Beliefs, Json } from '../../optimizers/contract.js'
import { SnapshotError } from '../../optimizers/contract.js'
import { openSearch, type Proposed, type Search } from '../../optimizers/search.js'
import type { Params, Space } from '../../search-spaces/index.js'
import { type History, NO_HISTORY, remember } from '../advisors/history.js'
import type { Sql } from '../db/database.js'
import { type AdvisorSpec, sourceOf } from '../model/advisor.js'
import type { Counters } from '../model/counters.js'
import { decodeSpec } from '../model/decode.js'
import type { Foreseen } from '../model/forecast.js'
import type { StudySpec } from '../model/spec.js'
import type { Outcome, StudyState } from '../model/words.js'

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
  readonly origin?: { readonly study: string; readonly id: string; readonly number: number }
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

export interface Live {
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
  /** Every decided configuration by its key: the number of its first trial. */
  readonly known: Map<string, number>
  readonly search: Search
  /** What its advisor remembers: learned with the search, from the same log. */
  history: History
  /** Observations that the search holds, and how many of them the stored snapshot holds. */
  told: number
  snapshotTold: number
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
export async function load(tx: Sql, id: string, held: Live | undefined): Promise<Live | null> {
  const [row] = await tx.query<StudyRow>(
    `select id, name, spec, state, reason, seq, next_number, counters, best_number, best_value
       from studies where id = $1 for update`,
    [id],
  )
  if (row === undefined) return null
  if (held !== undefined && held.seq === row.seq) return held
  const live = { ...(held ?? (await begin(tx, row))), ...fromRow(row), open: await readOpen(tx, id) }
  await learn(tx, live, held?.nextNumber ?? 0, held?.seq ?? live.seq)
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
async function begin(tx: Sql, row: StudyRow): Promise<Live> {
  const { space, method } = decodeSpec(row.spec)
  const advisor = method.advisor ?? null
  const [kept] = await tx.query<{ seq: number; told: number; data: Json }>(
    'select seq, told, data from snapshots where study_id = $1',
    [row.id],
  )
  const from = kept && restored(row, kept)
  return {
    ...fromRow(row),
    id: row.id,
    name: row.name,
    space,
    advisor,
    history: from?.history ?? NO_HISTORY,
    search: from?.search ?? openSearch(space, method, row.spec.seed),
    told: from?.told ?? 0,
    snapshotTold: from?.told ?? 0,
    seq: from?.seq ?? 0,
    open: new Map(),
    known: new Map(),
  }
}

/** A snapshot of another version is no loss: the log is replayed instead. */
function restored(row: StudyRow, kept: { seq: number; told: number; data: Json }) {
  const { space, method } = decodeSpec(row.spec)
  const { search, history } = kept.data as unknown as { search?: Json; history: History }
  try {
    return {
      search: openSearch(space, method, row.spec.seed, search ?? null),
      history,
      told: kept.told,
      seq: kept.seq,
    }
  } catch (error) {
    if (error instanceof SnapshotError) return undefined
    throw error
  }
}

async function readOpen(tx: Sql, id: string): Promise<Map<number, OpenTrial>> {
  const rows = await tx.query<OpenTrial>(
    `select number, params, memo, proposal->>'source' as source, state, attempt, worker, token,
            reserved_seconds as "reservedSeconds", case when state = 'proposing' then proposal end as proposal
       from trials where study_id = $1 and state in ('proposing', 'ready', 'running') order by number`,
    [id],
  )
  return new Map(rows.map((trial) => [trial.number, trial]))
}

/** How much of a log is read at a time when it is replayed. */
const PAGE = 2000

/** Catches up with what happened since: configurations from `number` on, settlements after event `seq`. */
async function learn(tx: Sql, live: Live, number: number, seq: number): Promise<void> {
  const decided = await tx.query<{ number: number; params_key: string }>(
    `select number, params_key from trials where study_id = $1 and state <> 'proposing'
        and (number >= $2 or number in (
          select number from events where study_id = $1 and seq > $3 and kind = 'advised')) order by number`,
    [live.id, number, seq],
  )
  for (const trial of decided) {
    const first = live.known.get(trial.params_key) ?? trial.number
    live.known.set(trial.params_key, Math.min(first, trial.number))
  }
  for (let after = seq, page = PAGE; page === PAGE; ) {
    const learned = await tx.query<LearnedRow>(
      `select e.seq, case when e.kind = 'believed' then e.data->'beliefs' end as beliefs,
              t.number, t.params, t.params_key as key, t.proposal->>'source' as source, t.memo, t.state,
              t.failure, t.value, t.peak_memory_mb, t.foreseen
         from events e join trials t using (study_id, number)
        where e.study_id = $1 and e.seq > $2 and e.kind in ('settled', 'believed') order by e.seq limit ${PAGE}`,
      [live.id, after],
    )
    for (const { beliefs, ...row } of learned) {
      if (beliefs !== null) live.search.believe(beliefs)
      else tellSearch(live, row as SettledRow)
    }
    page = learned.length
    after = learned.at(-1)?.seq ?? after
  }
}

/** Whose beliefs came at that point of the log; or the trial that settled. */
interface LearnedRow extends Omit<SettledRow, 'state'> {
  readonly beliefs: Beliefs | null
  readonly state: string
}

export interface SettledRow {
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
export function tellSearch(live: Live, row: Omit<SettledRow, 'seq'>): void {
  const sign = signOf(live)
  const value = row.value === null ? undefined : sign * row.value
  const { step, forecast } = row.foreseen ?? {}
  live.search.observe([
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
  live.history = remember(
    live.history,
    seen(row),
    live.advisor === null ? null : sourceOf(live.advisor),
    sign,
  )
  live.told++
}

export function signOf({ spec }: Live): 1 | -1 {
  return spec.objective.direction === 'maximize' ? -1 : 1
}

function seen({
  number,
  params,
  key,
  source,
  state,
  failure,
  value,
  peak_memory_mb,
}: Omit<SettledRow, 'seq' | 'foreseen'>) {
  const outcome = state === 'failed' ? failure! : state
  return { number, params, key, source, outcome, value, peakMemoryMb: peak_memory_mb }
}
