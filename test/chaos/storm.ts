/**
 * A storm: workers ask and tell over HTTP while something makes trouble. At the end everything that was acknowledged must
 * be stored, no server may have ended by itself, no request may wait for ever, and the study must be sound.
 */
import { setTimeout } from 'node:timers/promises'
import type { Database } from '../../src/storage/database.js'
import { openDatabase } from '../../src/storage/open.js'
import type { TestDatabase } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import type { Server } from './server.js'
import { type Diary, newDiary, work } from './workers.js'

const STUDY = 'chaos'
const SPEC = {
  name: STUDY,
  space: {
    parameters: {
      lr: { type: 'float', low: 1e-5, high: 1, log: true },
      layers: { type: 'int', low: 1, high: 8 },
      act: { type: 'categorical', choices: ['relu', 'gelu'] },
    },
  },
  method: 'tpe',
  lease: { seconds: 1.5, maxAttempts: 4 },
}

/** After the trouble the study may begin so many more trials, and not one more than that. */
const LAST_TRIALS = 60
/** Once the trouble is over, workers that have not finished after so long wait for an answer that never comes. */
const LIMIT_MS = 90_000

export interface Scene {
  readonly database: TestDatabase
  /** Set where the clock of servers and database jumps. */
  readonly clock?: object
  readonly servers: readonly Server[]
  readonly workers: number
  readonly chance: () => number
}

export interface Aftermath {
  /** Each violation in one line; none where the storm did no harm. */
  readonly violations: readonly string[]
  /** How many tells were acknowledged. */
  readonly acknowledged: number
}

/** mulberry32: a seed of its own for each storm, printed so that it can be had again. */
export function chanceOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Workers work while the trouble lasts, which may look at what they were told so far; then the study gets its last budget,
 * and they finish it.
 */
export async function storm(scene: Scene, trouble: (diary: Diary) => Promise<void>): Promise<Aftermath> {
  const { servers, chance } = scene
  const urls = servers.map(({ url }) => url)
  const diary = newDiary()
  const stop = new AbortController()
  await call(`${urls[0]}/studies`, 'POST', SPEC)
  const workers = Promise.all(
    Array.from({ length: scene.workers }, (_, slot) => work(urls, STUDY, slot, chance, diary, stop.signal)),
  )
  await trouble(diary)
  const finish = giveLastBudget(urls[0]!, stop.signal).then(async (cap) => {
    await workers
    return cap
  })
  const cap = await Promise.race([finish, setTimeout(LIMIT_MS, 'hung' as const, { ref: false })])
  stop.abort()
  await workers
  const exits = servers.flatMap(({ exits }) => exits)
  await Promise.all(servers.map((server) => server.stop()))
  const violations =
    typeof cap === 'number'
      ? [...exits, ...(await violationsOf(scene, diary, cap))]
      : [...exits, `a request still waits ${LIMIT_MS / 1000} s after the trouble`]
  return { violations, acknowledged: diary.acknowledged.length }
}

/** Gives the study its last budget, and says how many trials that makes. */
async function giveLastBudget(url: string, stop: AbortSignal): Promise<number | undefined> {
  while (!stop.aborted) {
    try {
      const { budget } = (await call(`${url}/studies/${STUDY}/summary`, 'GET')) as {
        budget: { trialsUsed: number }
      }
      const cap = budget.trialsUsed + LAST_TRIALS
      await call(`${url}/studies/${STUDY}`, 'PATCH', { budget: { trials: cap } })
      return cap
    } catch {
      await setTimeout(100) // the trouble may have left connections that fail once
    }
  }
  return undefined
}

async function call(url: string, method: string, body?: unknown): Promise<unknown> {
  const json = { 'content-type': 'application/json' }
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { headers: json, body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  return response.json()
}

interface Stored {
  readonly number: number
  readonly attempt: number
  readonly token: string
  readonly state: string
  readonly told: { readonly outcome: string; readonly value?: number } | null
  readonly leased_at: Date
  readonly ended_at: Date | null
}

async function violationsOf({ database: at, ...scene }: Scene, diary: Diary, cap: number): Promise<string[]> {
  const database = await openDatabase({ url: at.url, dataDir: at.dataDir ?? '', pool: 2 })
  try {
    const attempts = await database.query<Stored>('select * from attempts order by number, attempt')
    const trials = await trialsOf(database)
    return [
      ...diary.unexpected,
      ...missing(diary, attempts),
      ...strangers(diary, attempts),
      ...(scene.clock === undefined ? overlapping(attempts) : []), // times mean nothing after a jump
      ...(trials === cap ? [] : [`${trials} trials began, where the budget was ${cap}`]),
      ...(await unsound(database, STUDY)),
    ]
  } finally {
    await database.close()
  }
}

/** Every acknowledged tell is stored, as it was told. */
function missing(diary: Diary, attempts: readonly Stored[]): string[] {
  const settled = new Map(attempts.filter((a) => a.state === 'settled').map((a) => [a.token, a.told]))
  return diary.acknowledged
    .filter(({ token, outcome, value }) => {
      const told = settled.get(token)
      return told?.outcome !== outcome || told?.value !== value
    })
    .map(({ number, token }) => `the tell of trial ${number} by ${token} was acknowledged and is not there`)
}

/** Every lease that a worker was given is an attempt of that trial, and no tell was both refused and stored. */
function strangers(diary: Diary, attempts: readonly Stored[]): string[] {
  const known = new Map(attempts.map((a) => [a.token, a]))
  const given = [...diary.leases].flatMap(([number, tokens]) =>
    [...tokens].map((token) => ({ number, token })),
  )
  return [
    ...given
      .filter(({ number, token }) => known.get(token)?.number !== number)
      .map((g) => `${g.token} is no attempt of ${g.number}`),
    ...[...diary.refused]
      .filter(([token]) => known.get(token)?.state === 'settled')
      .map(([token]) => `${token} was refused, and is stored`),
  ]
}

/** No trial is leased twice at once: an attempt begins only after the one before it has ended, or was late and is lost. */
function overlapping(attempts: readonly Stored[]): string[] {
  return attempts.flatMap((next, i) => {
    const before = attempts[i - 1]
    if (before === undefined || before.number !== next.number) return []
    const wasLost = before.state === 'lost' || before.state === 'settled'
    const ended = before.ended_at !== null && before.ended_at <= next.leased_at
    return wasLost && (ended || before.state === 'settled')
      ? []
      : [
          `trial ${next.number}: attempt ${before.attempt} is ${before.state}, ended ${iso(before.ended_at)}; attempt ${next.attempt} began ${iso(next.leased_at)}`,
        ]
  })
}

const iso = (at: Date | null) => at?.toISOString() ?? 'never'

async function trialsOf(database: Database): Promise<number> {
  const [row] = await database.query<{ n: number }>('select count(*)::int as n from trials')
  return row!.n
}
