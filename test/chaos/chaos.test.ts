/**
 * Runs sixteen workers while servers are killed at random and database connections are cut. At the end everything that was
 * acknowledged must be stored, and the study must equal an undisturbed one.
 */
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/storage/database.js'
import { openDatabase } from '../../src/storage/open.js'
import { databases, type TestDatabase } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { freePort, Server } from './server.js'
import { Wire } from './wire.js'
import { type Diary, newDiary, work } from './workers.js'

const WORKERS = 16
const KILLS = 20
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

/** The end: after the kills the study may begin so many more trials, and not one more than that. */
const LAST_TRIALS = 60

/** mulberry32: a seed of its own for each run, printed so that it can be had again. */
function chanceOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000)

for (const engine of databases()) {
  describe(`one server on ${engine.name}, killed ${KILLS} times (CHAOS_SEED=${seed})`, () => {
    let database: TestDatabase
    const servers: Server[] = []

    beforeAll(async () => {
      database = await engine.open()
    })
    afterAll(async () => {
      await Promise.all(servers.map((server) => server.stop()))
      await database.close()
    })

    test('loses nothing', { timeout: 900_000 }, async () => {
      const server = new Server(await freePort(), where(database))
      servers.push(server)
      await server.start()
      const chance = chanceOf(seed)
      const { diary, cap } = await storm(servers, chance, async () => {
        while (server.kills < KILLS) {
          await setTimeout(300 + chance() * 700)
          await server.kill()
          await server.start()
        }
      })
      await server.stop()
      await hold(database, diary, cap, servers)
    })
  })
}

const postgres = databases().find(({ name }) => name === 'postgres')

describe.skipIf(postgres === undefined)(
  `two servers on one Postgres, with its connection cut (CHAOS_SEED=${seed})`,
  () => {
    let database: TestDatabase
    let wire: Wire
    const servers: Server[] = []

    beforeAll(async () => {
      database = await postgres!.open()
      const { hostname, port } = new URL(database.url!)
      wire = new Wire({ host: hostname, port: Number(port || 5432) })
      await wire.open()
    })
    afterAll(async () => {
      await Promise.all(servers.map((server) => server.stop()))
      wire.close()
      await database.close()
    })

    test('loses nothing', { timeout: 900_000 }, async () => {
      const through = new URL(database.url!)
      through.hostname = '127.0.0.1'
      through.port = String(wire.port)
      for (const _ of [1, 2]) servers.push(new Server(await freePort(), { DATABASE_URL: through.href }))
      await Promise.all(servers.map((server) => server.start()))
      const chance = chanceOf(seed)
      const { diary, cap } = await storm(servers, chance, async () => {
        for (let kills = 0; kills < KILLS; kills++) {
          await setTimeout(200 + chance() * 500)
          const server = servers[kills % 2]!
          await server.kill()
          await server.start()
          if (kills % 7 === 3) {
            wire.cut()
            await setTimeout(1000)
            wire.mend()
          }
        }
      })
      await Promise.all(servers.map((server) => server.stop()))
      await hold(database, diary, cap, servers)
    })
  },
)

function where(database: TestDatabase): Record<string, string> {
  return database.url === undefined ? { CHIRON_DATA_DIR: database.dataDir! } : { DATABASE_URL: database.url }
}

/** Workers work while the trouble lasts; then the study gets its last budget, and they finish it. */
async function storm(servers: readonly Server[], chance: () => number, trouble: () => Promise<void>) {
  const [{ url }] = servers as [Server]
  await call(`${url}/studies`, 'POST', SPEC)
  const diary = newDiary()
  const urls = servers.map((server) => server.url)
  const workers = Array.from({ length: WORKERS }, (_, slot) => work(urls, STUDY, slot, chance, diary))
  await trouble()
  const { budget } = (await call(`${url}/studies/${STUDY}/summary`, 'GET')) as {
    budget: { trialsUsed: number }
  }
  const cap = budget.trialsUsed + LAST_TRIALS
  await call(`${url}/studies/${STUDY}`, 'PATCH', { budget: { trials: cap } })
  await Promise.all(workers)
  return { diary, cap }
}

async function call(url: string, method: string, body?: unknown): Promise<unknown> {
  const json = { 'content-type': 'application/json' }
  const response = await fetch(url, {
    method,
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

async function hold(at: TestDatabase, diary: Diary, cap: number, servers: readonly Server[]): Promise<void> {
  expect(diary.unexpected, servers.map((server) => server.said).join('\n')).toEqual([])
  const database = await openDatabase({ url: at.url, dataDir: at.dataDir ?? '', pool: 2 })
  try {
    const attempts = await database.query<Stored>('select * from attempts order by number, attempt')
    expect(missing(diary, attempts)).toEqual([])
    expect(strangers(diary, attempts)).toEqual([])
    expect(overlapping(attempts)).toEqual([])
    expect(await trialsOf(database)).toBe(cap)
    expect(await unsound(database, STUDY)).toEqual([])
    expect(diary.acknowledged.length).toBeGreaterThan(KILLS)
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
