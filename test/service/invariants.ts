/**
 * Invariants of a study that must hold at any time. They are checked from the tables alone: by recounting, by checking the
 * event log against the allowed transitions, and by replaying the search.
 */
import { isDeepStrictEqual } from 'node:util'
import { Searches } from '../../src/compute/searches.js'
import { NO_TRIALS, type SourceTally } from '../../src/domain/counters.js'
import type { Failure, TrialState } from '../../src/domain/enums.js'
import { TRIAL_TRANSITIONS, type TrialTransition } from '../../src/domain/lifecycle.js'
import type { StudySpec } from '../../src/domain/spec.js'
import { readCommand } from '../../src/engine/read-command.js'
import { StudyQueues } from '../../src/engine/study-queue.js'
import type { Database } from '../../src/storage/database.js'

interface Study {
  readonly id: string
  readonly spec: StudySpec
  readonly seq: number
  readonly next_number: number
  readonly counters: typeof NO_TRIALS
  readonly best_number: number | null
  readonly best_value: number | null
}

interface Trial {
  readonly number: number
  readonly state: TrialState
  readonly failure: Failure | null
  readonly value: number | null
  readonly attempt: number
  readonly token: string | null
  readonly reserved_seconds: number
  readonly train_seconds: number | null
  readonly params_key: string
  readonly proposal: {
    readonly source: string
    readonly repairs?: readonly unknown[]
    readonly refused?: number
    readonly duplicateOf?: number
    readonly requested?: string
    readonly reason?: string
    readonly program?: unknown
  }
}

interface Call {
  readonly outcome: string
  readonly input_tokens: number
  readonly cache_read_tokens: number
  readonly cache_write_tokens: number
  readonly output_tokens: number
  readonly dollars: number | null
}

interface Inquiry {
  readonly number: number
  readonly state: string
  readonly reason: string | null
}

interface Attempt {
  readonly number: number
  readonly attempt: number
  readonly token: string
  readonly state: string
}

interface Event {
  readonly seq: number
  readonly kind: string
  readonly number: number | null
  readonly data: { readonly attempt?: number; readonly failure?: string | null; readonly state?: string }
}

interface Tables {
  readonly study: Study
  readonly trials: readonly Trial[]
  readonly attempts: readonly Attempt[]
  readonly events: readonly Event[]
  readonly incumbents: readonly { readonly number: number; readonly value: number }[]
  readonly calls: readonly Call[]
  readonly inquiries: readonly Inquiry[]
}

/** All violated invariants of a study. `turns`: the study queues of a server that holds the study in memory. */
export async function unsound(database: Database, name: string, queues?: StudyQueues): Promise<string[]> {
  const tables = await read(database, name)
  return [
    ...numbering(tables),
    ...recounted(tables),
    ...stories(tables),
    ...inquiries(tables),
    ...leases(tables),
    ...bests(tables),
    ...(await replayed(database, tables.study.id, queues)),
    ...(await knownAlike(database, tables, queues)),
  ]
}

async function read(database: Database, name: string): Promise<Tables> {
  const [study] = await database.query<Study>('select * from studies where name = $1', [name])
  if (study === undefined) throw new Error(`there is no study ${name}`)
  const rows = <T>(table: string, order: string) =>
    database.query<T>(`select * from ${table} where study_id = $1 order by ${order}`, [study.id])
  return {
    study,
    trials: await rows<Trial>('trials', 'number'),
    attempts: await rows<Attempt>('attempts', 'number, attempt'),
    events: await rows<Event>('events', 'seq'),
    incumbents: await rows<{ number: number; value: number }>('incumbents', 'seq'),
    calls: await rows<Call>('llm_calls', 'number, call'),
    inquiries: await rows<Inquiry>('inquiries', 'number'),
  }
}

/** Trials from 0, events from 1, without a gap. */
function numbering({ study, trials, events }: Tables): string[] {
  const wrong = (what: string, found: readonly number[], from: number, length: number) =>
    isDeepStrictEqual(
      found,
      Array.from({ length }, (_, i) => from + i),
    )
      ? []
      : [`${what}: ${found.length} numbers of ${length}, with a gap or twice`]
  return [
    ...wrong(
      'trials',
      trials.map((t) => t.number),
      0,
      study.next_number,
    ),
    ...wrong(
      'events',
      events.map((e) => e.seq),
      1,
      study.seq,
    ),
  ]
}

/** Compares the counters with a recount. */
function recounted({ study, trials, events, calls, inquiries }: Tables): string[] {
  const own = trials.filter((t) => t.proposal.source !== 'imported')
  const decided = trials.filter((t) => t.state !== 'proposing')
  const seconds = own.map((t) => t.train_seconds ?? 0)
  const expected = {
    states: countBy(trials, (t) => t.state, NO_TRIALS.states),
    failures: countBy(trials, (t) => t.failure),
    sources: sources(decided),
    budgeted: own.filter((t) => t.state !== 'cancelled').length + study.counters.skipped,
    trainSeconds: about(sum(seconds)),
    reservedSeconds: about(sum(trials.map((t) => t.reserved_seconds))),
    longestSeconds: Math.max(0, ...seconds),
    lostAttempts: events.filter((e) => e.kind === 'requeued' || e.kind === 'lost').length,
    duplicates: trials.filter((t) => t.proposal.duplicateOf !== undefined).length,
    repaired: decided.filter((t) => (t.proposal.repairs?.length ?? 0) > 0).length,
    preflightRefusals: sum(trials.map((t) => t.proposal.refused ?? 0)),
    imported: trials.length - own.length,
    recent: recent(events),
    proposed: own.filter((t) => t.proposal.source !== 'enqueued' && !isRepeat(t) && !isBaseline(t)).length,
    advice: { ...advice(trials, decided, calls), inquiries: asked(inquiries) },
  }
  const { counters } = study
  const found = {
    ...counters,
    failures: withoutZeros(counters.failures),
    sources: Object.fromEntries(
      Object.entries(counters.sources).map(([s, t]) => [s, { ...t, failed: withoutZeros(t.failed) }]),
    ),
    trainSeconds: about(counters.trainSeconds),
    reservedSeconds: about(counters.reservedSeconds),
    advice: withoutMemory(counters.advice),
  }
  return Object.entries(expected)
    .filter(([key, value]) => !isDeepStrictEqual(found[key as keyof typeof found], value))
    .map(
      ([key, value]) =>
        `${key}: ${JSON.stringify(found[key as keyof typeof found])}, counted ${JSON.stringify(value)}`,
    )
}

function isRepeat({ proposal: { source } }: Trial): boolean {
  return source === 'confirm' || source === 'agent-confirm'
}

/** The first run of the program that edits start from: nobody proposes it. */
function isBaseline({ proposal: { source, program } }: Trial): boolean {
  return program !== undefined && source === 'default'
}

/** Which turns were the advisor's, what became of them, and what they cost. */
function advice(trials: readonly Trial[], decided: readonly Trial[], calls: readonly Call[]) {
  const asked = decided.filter((t) => t.proposal.requested !== undefined)
  const isTaken = ({ proposal: { source, requested } }: Trial) => source.replace('-control', '') === requested
  const taken = asked.filter(isTaken)
  const tokens = (kind: keyof Call) => sum(calls.map((call) => Number(call[kind])))
  return {
    turns: trials.filter((t) => t.proposal.requested !== undefined).length,
    taken: taken.length,
    repeats: taken.filter((t) => t.proposal.duplicateOf !== undefined).length,
    fallbacks: countBy(
      asked.filter((t) => !isTaken(t)),
      (t) => t.proposal.reason ?? null,
    ),
    calls: calls.length,
    tokens: {
      input: tokens('input_tokens'),
      cacheRead: tokens('cache_read_tokens'),
      cacheWrite: tokens('cache_write_tokens'),
      output: tokens('output_tokens'),
    },
    dollars: about(sum(calls.map((call) => call.dollars ?? 0))),
    unpriced: calls.filter((call) => call.dollars === null).length,
  }
}

/** How often its advisor was asked what it believes. */
function asked(inquiries: readonly Inquiry[]) {
  return {
    asked: inquiries.length,
    given: inquiries.filter(({ state }) => state === 'believed').length,
    failures: countBy(inquiries, ({ reason }) => reason),
    open: inquiries.find(({ state }) => state === 'asking')?.number ?? null,
  }
}

/** Counters that cannot be recounted from the tables. */
function withoutMemory({ share: _, dearest: __, models: ____, ...advice }: (typeof NO_TRIALS)['advice']) {
  const { dollars, inquiries, unpriced = 0, ...rest } = advice
  const { next: ___, ...counted } = inquiries
  return { ...rest, unpriced, dollars: about(dollars), inquiries: counted }
}

function sources(trials: readonly Trial[]): Record<string, SourceTally> {
  const names = [...new Set(trials.map((t) => t.proposal.source))]
  return Object.fromEntries(
    names.map((name) => {
      const of = trials.filter((t) => t.proposal.source === name)
      return [
        name,
        {
          trials: of.length,
          complete: of.filter((t) => t.state === 'complete').length,
          pruned: of.filter((t) => t.state === 'pruned').length,
          failed: countBy(of, (t) => t.failure),
        },
      ]
    }),
  )
}

function recent(events: readonly Event[]): string {
  const letters = events.map(({ kind, data }) => {
    if (kind === 'lost') return 'f'
    if (kind !== 'settled') return ''
    return data.failure === 'oom' ? 'o' : data.failure ? 'f' : data.state![0]!
  })
  return letters.join('').slice(-50)
}

const OF_INQUIRIES = ['inquired', 'believed', 'unanswered']
/** No part of a trial's own life. An inquiry begins before its trial is there. */
const ASIDE = ['incumbent', 'noted', ...OF_INQUIRIES]

/** Each trial's events must tell a life that a trial can have, and end where the trial is. */
function stories({ trials, events }: Tables): string[] {
  const lives = new Map<number, Life>(
    trials.map((t) => [t.number, { state: 'none', attempt: 0, lost: false }]),
  )
  const faults: string[] = []
  for (const event of events) {
    if (event.number === null || ASIDE.includes(event.kind)) continue
    const life = lives.get(event.number)
    const next = life && after(life, event)
    if (next === undefined)
      faults.push(`trial ${event.number} was ${life?.state}, then ${event.kind} (event ${event.seq})`)
    else lives.set(event.number, next)
  }
  for (const { number, state, failure, attempt } of trials) {
    const life = lives.get(number)!
    if (life.state !== state || life.lost !== (failure === 'lost'))
      faults.push(`trial ${number} is ${state}, its log ends ${life.state}`)
    if (!life.isSettled && life.attempt !== attempt)
      faults.push(`trial ${number} is at attempt ${attempt}, its log at ${life.attempt}`)
  }
  return faults
}

/** One question at a time, and each is answered once at most: by beliefs, or by why there are none. */
function inquiries({ inquiries, events }: Tables): string[] {
  const told = events.filter(({ kind }) => OF_INQUIRIES.includes(kind))
  const expected = inquiries.flatMap(({ number, state }) => [
    ['inquired', number],
    ...(state === 'asking' ? [] : [[state === 'believed' ? 'believed' : 'unanswered', number]]),
  ])
  const found = told.map(({ kind, number }) => [kind, number])
  return isDeepStrictEqual(found, expected)
    ? []
    : [`inquiries ${JSON.stringify(expected)}, in the log ${JSON.stringify(found)}`]
}

interface Life {
  readonly state: TrialState | 'none'
  readonly attempt: number
  /** Given up as lost: a late tell may still come. */
  readonly lost: boolean
  readonly isSettled?: boolean
}

/** What an event makes of a trial, by the table of transitions; undefined where the table has no such way. */
function after(life: Life, { kind, data }: Event): Life | undefined {
  const { state, attempt } = life
  if (kind === 'called') return state === 'none' ? undefined : life // a call that was cut off may be told late
  const from = kind === 'leased' && state === 'none' ? 'ready' : state // 'propose' is logged by the lease that follows
  const row = (TRIAL_TRANSITIONS as readonly TrialTransition[]).find(
    ({ event, from: states, to }) =>
      event === kind &&
      states.includes(from) &&
      (kind !== 'settled' || to.includes(data.state as TrialState)),
  )
  if (row === undefined || (from === 'failed' && !life.lost)) return undefined
  switch (row.command) {
    case 'lease':
      return data.attempt === attempt + 1
        ? { state: 'running', attempt: attempt + 1, lost: false }
        : undefined
    case 'requeue':
    case 'give up':
      return data.attempt === attempt
        ? { state: row.to[0]!, attempt, lost: row.command === 'give up' }
        : undefined
    case 'tell late':
      return attempt > 0 ? settledLife(data.state as TrialState, attempt) : undefined
    case 'tell':
    case 'import':
      return settledLife(data.state as TrialState, attempt)
    default:
      return { state: row.to[0]!, attempt, lost: false }
  }
}

function settledLife(state: TrialState, attempt: number): Life {
  return { state, attempt, lost: false, isSettled: true }
}

/** A running trial is held by one attempt, its latest, under one token; any other by none. */
function leases({ trials, attempts }: Tables): string[] {
  const of = new Map<number, Attempt[]>(trials.map((t) => [t.number, []]))
  for (const attempt of attempts) of.get(attempt.number)!.push(attempt)
  return trials.flatMap((trial) => {
    const tries = of.get(trial.number)!
    const held = tries.filter((a) => a.state === 'running').map((a) => a.token)
    const faults: string[] = []
    if (!isDeepStrictEqual(held, trial.token === null ? [] : [trial.token]))
      faults.push(`trial ${trial.number} is ${trial.state} and held by ${held.length} attempts`)
    if (tries.some((a, i) => a.attempt !== i + 1)) faults.push(`trial ${trial.number} skipped an attempt`)
    if (new Set(tries.map((a) => a.token)).size < tries.length)
      faults.push(`trial ${trial.number} gave a token twice`)
    const settled = tries.filter((a) => a.state === 'settled').length
    const ran =
      ['complete', 'pruned'].includes(trial.state) || (trial.failure !== null && trial.failure !== 'lost')
    if (settled !== (ran && trial.proposal.source !== 'imported' ? 1 : 0))
      faults.push(`trial ${trial.number} is ${trial.state} and was settled by ${settled} attempts`)
    return faults
  })
}

/** The incumbents are the values that were better than all settled before them. */
function bests({ study, trials, events, incumbents }: Tables): string[] {
  const sign = study.spec.objective.direction === 'maximize' ? -1 : 1
  const expected: { number: number; value: number }[] = []
  for (const { kind, number } of events) {
    const trial = kind === 'settled' ? trials[number!] : undefined
    if (trial?.state !== 'complete' || isRepeat(trial)) continue
    const best = expected.at(-1)
    if (best === undefined || sign * trial.value! < sign * best.value)
      expected.push({ number: trial.number, value: trial.value! })
  }
  const found = incumbents.map(({ number, value }) => ({ number, value }))
  const last = expected.at(-1)
  const faults = isDeepStrictEqual(found, expected)
    ? []
    : [`incumbents ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`]
  if (study.best_number !== (last?.number ?? null) || study.best_value !== (last?.value ?? null))
    faults.push(`the best is ${study.best_number} (${study.best_value}), not ${JSON.stringify(last)}`)
  return faults
}

/** A held study is what its log says: as a server holds it, read from its last snapshot, and replayed from nothing. */
async function replayed(database: Database, studyId: string, queues?: StudyQueues): Promise<string[]> {
  const anew = () => heldState(new StudyQueues(database, { searches: new Searches(0) }), studyId)
  const held = queues && (await heldState(queues, studyId))
  const fromSnapshot = await anew()
  await database.query('delete from snapshots where study_id = $1', [studyId])
  const fromNothing = await anew()
  const differing = (what: string, state: HeldState) =>
    (Object.keys(fromNothing) as (keyof HeldState)[])
      .filter((part) => state[part] !== fromNothing[part])
      .map(
        (part) =>
          `${part} ${what}: ${state[part].slice(0, 500)}, replayed ${fromNothing[part].slice(0, 500)}`,
      )
  return [
    ...differing('as read from the snapshot', fromSnapshot),
    ...(held === undefined ? [] : differing('as the server holds it', held)),
  ]
}

type HeldState = Readonly<Record<'search' | 'history' | 'ledger' | 'known' | 'open', string>>

/** Everything of a held study that is not a column of its row, as text. */
function heldState(queues: StudyQueues, studyId: string): Promise<HeldState> {
  return queues.run(
    studyId,
    readCommand(async ({ search, history, ledger, known, open }) => ({
      search: JSON.stringify(await search.snapshot()),
      history: JSON.stringify(history),
      ledger: JSON.stringify(ledger),
      known: JSON.stringify([...known.firsts()].sort(([a], [b]) => (a < b ? -1 : 1))),
      open: JSON.stringify([...open].sort(([a], [b]) => a - b).map(([, trial]) => sorted(trial))),
    })),
  )
}

/** With its members in one order: those of a row that was read are in the order of the statement. */
function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, sorted(inner)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** A configuration is known while a trial that was decided and not cancelled has it: by the tables, in memory, after a replay. */
async function knownAlike(
  database: Database,
  { study, trials }: Tables,
  queues?: StudyQueues,
): Promise<string[]> {
  const decided = trials.filter(({ state }) => state !== 'proposing' && state !== 'cancelled')
  const expected = new Map<string, number>()
  for (const { number, params_key } of decided)
    if (!expected.has(params_key)) expected.set(params_key, number)
  const faultOf = async (who: string, held: StudyQueues) => {
    const known = await held.run(
      study.id,
      readCommand(({ known }) => new Map(known.firsts())),
    )
    return isDeepStrictEqual(known, expected)
      ? []
      : [
          `${who} knows the configurations ${JSON.stringify([...known])}, not ${JSON.stringify([...expected])}`,
        ]
  }
  return [
    ...(queues ? await faultOf('the server', queues) : []),
    ...(await faultOf('a replay', new StudyQueues(database, { searches: new Searches(0) }))),
  ]
}

function countBy<T, K extends string>(
  items: readonly T[],
  key: (item: T) => K | null,
  none?: Readonly<Record<K, number>>,
): Partial<Record<K, number>> {
  const counts: Partial<Record<K, number>> = { ...none }
  for (const item of items) {
    const k = key(item)
    if (k !== null) counts[k] = (counts[k] ?? 0) + 1
  }
  return counts
}

function withoutZeros<K extends string>(counts: Partial<Record<K, number>>): Partial<Record<K, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, n]) => n !== 0)) as Partial<Record<K, number>>
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}

/** Sums of the same seconds in another order differ in the last digits. */
function about(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6 + 0 // never -0, which a sum of reservations may round to
}
