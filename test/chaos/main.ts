/**
 * Storms, one after the other, for as long as asked: each on a fresh database, with its own faults and its own seed.
 *
 *   npm run chaos -- --minutes 10                       all faults, on both databases
 *   npm run chaos -- --storms 1 --seed 42               the storm of this seed again
 *   npm run chaos -- --storms 50 --only 'ends all'      fifty storms of one fault
 *
 * Or a soak, whose figures go to bench/results, or where --out says:
 *
 *   npm run chaos -- --soak kills --count 500           so many kills on each database
 *   npm run chaos -- --soak load --minutes 60           full load for so long on each database
 */
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { findServer } from '../postgres-server.js'
import { OwnPostgres } from './own-postgres.js'
import { type Plan, plans } from './plans.js'
import { soak } from './soak/index.js'
import { type Aftermath, storm } from './storm.js'
import { openWorld } from './world.js'

/** A fault happens so often in a storm, with so long a pause before each. */
const TIMES = 15
const PAUSE_MS = 400
const WORKERS = 8

/** Servers and databases end with us, however we end. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

const HELP = `npm run chaos -- [options]
  --minutes N     storms for so long (10), or how long --soak load lasts
  --storms N      so many storms
  --seed N        the seed of the first storm
  --only TEXT     only storms with this in their name, such as 'pglite' or 'ends all'
  --soak kills    kills instead of storms: --count N on each database (1000)
  --soak load     full load instead of storms
  --out FOLDER    where a soak's figures go (bench/results)`

const options = readOptions()
const minutes = Number(options.minutes)
const storms = Number(options.storms)
const firstSeed = Number(options.seed)
if (!(minutes > 0) || !(storms > 0) || !Number.isInteger(firstSeed))
  throw new Error('--minutes and --storms are numbers above 0, --seed is an integer')

const shared = OwnPostgres.isInstalled() ? undefined : await findServer()
if (options.soak !== undefined) await runSoak(options.soak)
const { chosen: all, leftOut } = await plans(OwnPostgres.isInstalled() || shared !== undefined)
for (const { what, because } of leftOut) console.log(`left out: ${what} (${because})`)
const chosen = all.filter((plan) => nameOf(plan).includes(options.only))
if (chosen.length === 0) throw new Error(`no storm has --only '${options.only}' in its name`)
const end = Date.now() + minutes * 60_000
let harmed = 0
let done = 0
while (done < storms && Date.now() < end) {
  const seed = firstSeed + done
  const plan = chosen[seed % chosen.length]!
  const { violations, acknowledged } = await runStorm(plan, seed)
  const outcome = violations.length === 0 ? 'no harm' : `HARM\n  ${violations.join('\n  ')}`
  console.log(`${nameOf(plan)} (--seed ${seed}): ${acknowledged} results acknowledged, ${outcome}`)
  if (violations.length > 0) harmed++
  done++
}
console.log(`${done} storms, ${harmed} with harm`)
await shared?.stop()
process.exit(harmed > 0 ? 1 : 0)

/** On the databases that --only has in their names, or on both. */
async function runSoak(kind: string): Promise<never> {
  const isThere = OwnPostgres.isInstalled() || shared !== undefined
  const engines = (['pglite', 'postgres'] as const).filter(
    (engine) => engine.includes(options.only) && (engine === 'pglite' || isThere),
  )
  const isFine = await soak(kind, {
    engines,
    count: Number(options.count),
    minutes,
    seed: firstSeed,
    shared: shared?.url,
    folder: options.out,
  })
  await shared?.stop()
  process.exit(isFine ? 0 : 1)
}

function nameOf({ engine, servers, fault }: Plan): string {
  return `${engine}, ${servers === 1 ? '1 server' : `${servers} servers`}, ${TIMES} × ${fault}`
}

async function runStorm(plan: Plan, seed: number): Promise<Aftermath> {
  const { scene, close } = await openWorld(plan, seed, WORKERS, shared?.url)
  try {
    return await storm(scene, async () => {
      for (let times = 0; times < TIMES; times++) {
        await setTimeout(PAUSE_MS)
        await plan.begin(scene)
      }
      scene.clock?.set(0)
    })
  } finally {
    await close()
  }
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '10' },
        storms: { type: 'string', default: 'Infinity' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        only: { type: 'string', default: '' },
        soak: { type: 'string' },
        count: { type: 'string', default: '1000' },
        out: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (!values.help) return values
    console.log(HELP)
    process.exit(0)
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`)
    process.exit(1)
  }
}
