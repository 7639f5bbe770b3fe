/**
 * Storms, one after the other, for as long as asked: each on a fresh database, with its own faults and its own seed.
 *
 *   npm run chaos -- --minutes 10                       all faults, on both databases
 *   npm run chaos -- --minutes 1 --seed 42              the same storms again
 *   npm run chaos -- --storms 50 --only 'ends all'      fifty storms of one fault
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { TestDatabase } from '../postgres.js'
import { administer, findServer } from '../postgres-server.js'
import { type ChaosFault, POSTGRES_FAULTS, SERVER_FAULTS } from './faults.js'
import { freePort, Server } from './server.js'
import { type Aftermath, chanceOf, storm } from './storm.js'
import { Wire } from './wire.js'

/** A fault happens so often in a storm, with so long a pause before each. */
const TIMES = 15
const PAUSE_MS = 400
const WORKERS = 8

interface Plan {
  readonly engine: 'postgres' | 'pglite'
  readonly fault: string
  readonly begin: ChaosFault
  readonly servers: number
}

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    storms: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string', default: '' },
  },
})
const minutes = Number(options.minutes)
const storms = Number(options.storms)
const firstSeed = Number(options.seed)
if (!(minutes > 0) || !(storms > 0) || !Number.isInteger(firstSeed))
  throw new Error('--minutes and --storms are numbers above 0, --seed is an integer')

const postgres = await findServer()
if (postgres === undefined) console.log('No Postgres was found: the storms are on PGlite alone.')
const chosen = plans().filter(({ fault }) => fault.includes(options.only))
if (chosen.length === 0) throw new Error(`no fault has --only '${options.only}' in its name`)
const end = Date.now() + minutes * 60_000
let harmed = 0
let done = 0
while (done < storms && Date.now() < end) {
  const plan = chosen[done % chosen.length]!
  const seed = firstSeed + done
  const { violations, acknowledged } = await runStorm(plan, seed)
  const outcome = violations.length === 0 ? 'no harm' : `HARM\n  ${violations.join('\n  ')}`
  console.log(
    `${plan.engine}, ${plan.servers} server(s), ${TIMES} × ${plan.fault} (--seed ${seed}): ${acknowledged} results acknowledged, ${outcome}`,
  )
  if (violations.length > 0) harmed++
  done++
}
console.log(`${done} storms, ${harmed} with harm`)
await postgres?.stop()
process.exit(harmed > 0 ? 1 : 0)

function plans(): Plan[] {
  const onPglite = Object.entries(SERVER_FAULTS).map(([fault, begin]) => ({
    engine: 'pglite' as const,
    fault,
    begin,
    servers: 1,
  }))
  if (postgres === undefined) return onPglite
  const onPostgres = Object.entries({ ...POSTGRES_FAULTS, ...SERVER_FAULTS }).flatMap(([fault, begin]) =>
    [1, 2].map((servers) => ({ engine: 'postgres' as const, fault, begin, servers })),
  )
  return [...onPostgres, ...onPglite]
}

async function runStorm({ engine, begin, servers: count }: Plan, seed: number): Promise<Aftermath> {
  const database = engine === 'postgres' ? await makeDatabase(postgres!.url, seed) : await makeFolder()
  const wire = database.url === undefined ? undefined : await Wire.to(database.url)
  const env: Record<string, string> =
    wire === undefined
      ? { CHIRON_DATA_DIR: database.dataDir! }
      : { DATABASE_URL: wire.through(database.url!) }
  const chance = chanceOf(seed)
  const servers: Server[] = []
  for (let i = 0; i < count; i++) servers.push(new Server(await freePort(), env))
  try {
    await Promise.all(servers.map((server) => server.start()))
    const scene = { database, servers, workers: WORKERS, chance, ...(wire && { wire }) }
    return await storm(scene, async () => {
      for (let times = 0; times < TIMES; times++) {
        await setTimeout(PAUSE_MS)
        await begin(scene)
      }
    })
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
    wire?.close()
    await database.close()
  }
}

async function makeDatabase(server: string, seed: number): Promise<TestDatabase> {
  const name = `chiron_test_${Date.now()}_${process.pid}_${seed}`
  await administer(server, (sql) => sql.query(`create database ${name} template template0`))
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    close: () => administer(server, (sql) => sql.query(`drop database if exists ${name} with (force)`)),
  }
}

async function makeFolder(): Promise<TestDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'chiron-chaos-'))
  return { dataDir, close: () => rm(dataDir, { recursive: true, force: true }) }
}
