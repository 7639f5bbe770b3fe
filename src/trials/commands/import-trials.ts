/** Imports trials that ran elsewhere: all of a request or none, and each once, however often it is sent. */
import { checkParams } from '../../../search-spaces/index.js'
import { type ImportedTrial, importKey } from '../../domain/imported-trial.js'
import type { HeldStudy } from '../../engine/held-study.js'
import { mapInSlices } from '../../engine/in-slices.js'
import type { Answer, Command } from '../../engine/study-queue.js'
import type { TurnWrites } from '../../engine/writes.js'
import { Fault, type FaultAt } from '../../faults.js'
import type { Sql } from '../../storage/database.js'
import { configurationKey, createEndedTrial } from './create-trial.js'
import { endRow } from './end-row.js'
import { type Enqueued, invalidParams, underParams } from './enqueue.js'
import { recordOutcome, requireSettlement } from './tell.js'

/** A trial and its place in the request: '' where it is the whole request, else `rows.3.` */
export interface ImportRow {
  readonly place: string
  readonly trial: ImportedTrial
}

/** Answers, by row, the trial that it became or was already. */
export function importTrials(rows: readonly ImportRow[]): Command<Enqueued[]> {
  for (const { place, trial } of rows) atPlace(place, () => requireSettlement(trial.told)) // half a tell is refused at once
  const isKeyed = rows.some(({ trial }) => importKey(trial) !== undefined)
  /** What is stored under the keys of the rows, as of an event. */
  let read: { readonly seq: number; readonly stored: StoredTrials } | undefined
  return {
    ready: (study) => !isKeyed || read?.seq === study.seq,
    read: async (study, sql) => {
      read = { seq: study.seq, stored: await readStored(sql, study, rows) }
    },
    play: (study, writes) => importAll(study, writes, rows, read?.stored ?? new Map()),
    playLocked: async (study, writes, tx) =>
      importAll(study, writes, rows, await readStored(tx, study, rows)),
  }
}

async function importAll(
  study: HeldStudy,
  writes: TurnWrites,
  rows: readonly ImportRow[],
  before: StoredTrials,
): Promise<Answer<Enqueued[]>> {
  await refuseImpossible(study, rows)
  refuseOthers(rows, before)
  const stored = new Map(before)
  const answers = await mapInSlices(rows, ({ trial }) => importOnce(study, writes, trial, stored))
  return () => answers
}

/** Imports one trial. It costs this study no budget, and its search observes it. */
export function importTrial(study: HeldStudy, writes: TurnWrites, imported: ImportedTrial): number {
  const { params, told, origin } = imported
  const end = requireSettlement(told)
  const foreseen = end.state === 'pruned' ? imported.foreseen : undefined
  const draft = { params, source: 'imported', repairs: [], refused: 0, ...(origin && { origin }) }
  const trial = createEndedTrial(study, writes, draft, end.state, importKey(imported))
  writes.ends.push(endRow(trial.number, 0, told, end, foreseen))
  recordOutcome(study, writes, trial, { command: 'import', from: 'none' }, told, end, 0, foreseen)
  return trial.number
}

/** A trial that exists, and its result. */
interface StoredTrial {
  readonly number: number
  readonly result: string
}

/** By import key. */
type StoredTrials = ReadonlyMap<string, StoredTrial>

function importOnce(
  study: HeldStudy,
  writes: TurnWrites,
  trial: ImportedTrial,
  stored: Map<string, StoredTrial>,
): Enqueued {
  const key = importKey(trial)
  const there = key === undefined ? undefined : stored.get(key)
  if (there !== undefined) return { number: there.number, created: false }
  const number = importTrial(study, writes, trial)
  if (key !== undefined) stored.set(key, { number, result: resultOf(trial) })
  return { number, created: true }
}

/** Trials that were imported under these keys, and trials of this study that were exported from it. */
async function readStored(sql: Sql, { id }: HeldStudy, rows: readonly ImportRow[]): Promise<StoredTrials> {
  const keys = rows.flatMap(({ trial }) => importKey(trial) ?? [])
  const own = rows.flatMap(({ trial: { origin } }) => (origin?.id === id ? origin.number : []))
  const found = await sql.query<StoredRow>(
    // `offset 0`: each key is looked up by the index. Joined, a plan made for few trials scans all of them for each key.
    `select t.number, t.import_key as key, t.params_key, t.state, t.failure, t.value
       from json_array_elements_text($2::text::json) k
      cross join lateral (select * from trials where study_id = $1 and import_key = k offset 0) t
      union all
     select t.number, 'trial ' || t.study_id || ' ' || t.number, t.params_key, t.state, t.failure, t.value
       from json_array_elements_text($3::text::json) n
      cross join lateral (select * from trials where study_id = $1 and number = n::int offset 0) t`,
    [id, JSON.stringify([...new Set(keys)]), JSON.stringify([...new Set(own)])],
  )
  return new Map(found.map((row) => [row.key, { number: row.number, result: storedResult(row) }]))
}

interface StoredRow {
  readonly number: number
  readonly key: string
  readonly params_key: string
  readonly state: string
  readonly failure: string | null
  readonly value: number | null
}

function storedResult({ params_key, state, failure, value }: StoredRow): string {
  return JSON.stringify([params_key, state, failure, value])
}

function resultOf({ params, told }: ImportedTrial): string {
  const { state, failure, value } = requireSettlement(told)
  return storedResult({ number: 0, key: '', params_key: configurationKey(params), state, failure, value })
}

/** Refuses configurations that could not have run in this study's space. */
async function refuseImpossible({ space }: HeldStudy, rows: readonly ImportRow[]): Promise<void> {
  const byRow = await mapInSlices(rows, ({ place, trial }) =>
    checkParams(space, trial.params).map(underParams).map(within(place)),
  )
  const faults = byRow.flat()
  if (faults.length > 0) throw invalidParams(faults)
}

/** The same key with another result is not a retry: two trials were mistaken for one. */
function refuseOthers(rows: readonly ImportRow[], stored: StoredTrials): void {
  const results = new Map([...stored].map(([key, { result }]) => [key, result]))
  const errors = rows.flatMap(({ place, trial }) => {
    const key = importKey(trial)
    if (key === undefined) return []
    const result = resultOf(trial)
    const first = results.get(key) ?? result
    results.set(key, first)
    if (first === result) return []
    const number = stored.get(key)?.number
    const there = number === undefined ? 'an earlier row' : `trial ${number}`
    return [
      { path: place.replace(/\.$/, ''), message: `${there} came under this identity with another result` },
    ]
  })
  if (errors.length === 0) return
  throw new Fault('already_told', errors.map((e) => `${e.path} ${e.message}`.trim()).join('; '), { errors })
}

function within(place: string): (fault: FaultAt) => FaultAt {
  return ({ path, message }) => ({ path: place + path, message })
}

function atPlace<T>(place: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Fault) || place === '') throw error
    const errors = (error.extra.errors ?? []).map(within(place))
    throw new Fault(error.code, errors.map((e) => `${e.path}: ${e.message}`).join('; '), { errors })
  }
}
