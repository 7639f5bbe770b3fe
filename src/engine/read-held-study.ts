/** Reads a study into memory, or brings one that is held up to what the database knows. */
import { type EarlierStudy, type Json, SnapshotError } from '../../optimizers/contract.js'
import { type AdvisorHistory, EMPTY_HISTORY } from '../advisors/advisor-history.js'
import type { AgentLedger } from '../agents/ledger-types.js'
import type { Searches } from '../compute/searches.js'
import type { StudySearch } from '../compute/study-search.js'
import { type Counters, NO_TRIALS } from '../domain/counters.js'
import { decodeSpec } from '../domain/decode-spec.js'
import type { StudyState } from '../domain/enums.js'
import { advisorOf } from '../domain/methods.js'
import type { StudySpec } from '../domain/spec.js'
import type { Sql } from '../storage/database.js'
import { readEarlier } from '../storage/earlier-studies.js'
import { readBaseline } from '../storage/programs.js'
import { directionSign, type HeldStudy, type OpenTrial } from './held-study.js'
import { KnownConfigurations } from './known-configurations.js'
import { ledgerOf } from './program-ledger.js'
import { replayLog } from './replay-log.js'

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

/** `lock`: takes the lock of the study's row, for the transaction in which it is asked. Null: there is no such study. */
export async function readHeldStudy(
  sql: Sql,
  searches: Searches,
  id: string,
  held: HeldStudy | undefined,
  lock: 'for update' | '' = '',
): Promise<HeldStudy | null> {
  const [row] = await sql.query<StudyRow>(
    `select id, name, spec, state, reason, seq, next_number, counters, best_number, best_value
       from studies where id = $1 ${lock}`,
    [id],
  )
  if (row === undefined) return null
  if (held !== undefined && held.seq === row.seq) return held
  const opened = held ?? (await openHeldStudy(sql, searches, row))
  const study = { ...opened, ...fromRow(row), open: await readOpenTrials(sql, id) }
  await replayLog(sql, study, { number: held?.nextNumber ?? 0, seq: opened.seq, until: row.seq })
  study.seq = row.seq
  return study
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

/** A study that holds what its last snapshot holds (event `seq`), or nothing where there is no snapshot. */
async function openHeldStudy(sql: Sql, searches: Searches, row: StudyRow): Promise<HeldStudy> {
  const advisor = advisorOf(decodeSpec(row.spec).method)
  const baseline = advisor?.kind === 'agent' ? await readBaseline(sql, row.id) : null
  const [snapshot] = await sql.query<Snapshot>('select seq, told, data from snapshots where study_id = $1', [
    row.id,
  ])
  const earlier = row.spec.warmStart ? await readEarlier(sql, row.id, directionSign(row)) : []
  const restored = snapshot && (await restoreSnapshot(searches, row.spec, earlier, snapshot))
  if (restored === undefined)
    return emptyStudy(row, baseline, await searches.open(row.spec, undefined, earlier))
  const { search, history, ledger, observations, seq } = restored
  const study = { ...emptyStudy(row, baseline, search), history, seq }
  return { ...study, ...(ledger && { ledger }), observations, snapshotObservations: observations }
}

/** A study whose creation is all that happened, before it is stored. */
export async function openNewStudy(searches: Searches, made: NewStudy): Promise<HeldStudy> {
  const nothing = { next_number: 0, counters: NO_TRIALS, best_number: null, best_value: null }
  const row = { ...made, name: made.spec.name, seq: 1, ...nothing }
  return { ...emptyStudy(row, null, await searches.open(row.spec)), seq: row.seq }
}

export type NewStudy = Pick<StudyRow, 'id' | 'spec' | 'state' | 'reason'>

function emptyStudy(row: StudyRow, baseline: Baseline, search: StudySearch): HeldStudy {
  const { space, method } = decodeSpec(row.spec)
  const advisor = advisorOf(method)
  return {
    ...fromRow(row),
    id: row.id,
    name: row.name,
    space,
    advisor,
    ledger: ledgerOf(advisor, baseline),
    history: EMPTY_HISTORY,
    search,
    observations: 0,
    snapshotObservations: 0,
    seq: 0,
    open: new Map(),
    known: new KnownConfigurations(),
  }
}

type Baseline = Parameters<typeof ledgerOf>[1]

interface Snapshot {
  readonly seq: number
  readonly told: number
  readonly data: {
    readonly search?: Json
    readonly history: AdvisorHistory
    readonly ledger?: AgentLedger
  }
}

/** Undefined where another version of the optimizer wrote the snapshot: the whole log is replayed instead. */
async function restoreSnapshot(
  searches: Searches,
  spec: StudySpec,
  earlier: readonly EarlierStudy[],
  { seq, told, data }: Snapshot,
) {
  try {
    const search = await searches.open(spec, data.search ?? null, earlier)
    return { search, history: data.history, ledger: data.ledger, observations: told, seq }
  } catch (error) {
    if (error instanceof SnapshotError) return undefined
    throw error
  }
}

async function readOpenTrials(sql: Sql, id: string): Promise<Map<number, OpenTrial>> {
  const rows = await sql.query<OpenTrial>(
    `select number, params, memo, proposal->>'source' as source, state, attempt, worker, token,
            reserved_seconds as "reservedSeconds", case when state = 'proposing' then proposal end as proposal, proposal->'program' as program
       from trials where study_id = $1 and state in ('proposing', 'ready', 'running') order by number`,
    [id],
  )
  return new Map(rows.map((trial) => [trial.number, trial]))
}
