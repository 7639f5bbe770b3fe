/**
 * The soak by kills: a server under load is killed (SIGKILL) so many times, and everything that it had acknowledged is
 * counted. Each storm is a fresh study on a fresh database; the databases take turns.
 */
import { setTimeout } from 'node:timers/promises'
import type { Plan } from '../plans.js'
import { storm } from '../storm.js'
import { openWorld } from '../world.js'

const KILLS_A_STORM = 50
const WORKERS = 16
/** A server is killed after as many acknowledged results at most. */
const MOST_RESULTS = 100

export interface KillSoak {
  readonly engine: Plan['engine']
  readonly storms: number
  readonly kills: number
  /** Tells that were answered 200, each looked for afterwards. */
  readonly acknowledged: number
  readonly violations: readonly string[]
  readonly seeds: readonly number[]
  readonly minutes: number
}

/** `count` kills on each of the databases. */
export async function soakByKills(
  engines: readonly Plan['engine'][],
  count: number,
  firstSeed: number,
  shared: string | undefined,
): Promise<KillSoak[]> {
  const soaks = new Map<string, KillSoak>()
  /** How many violations have been printed. */
  const known = new Map<string, number>()
  const storms = Math.ceil(count / KILLS_A_STORM)
  for (let i = 0; i < storms; i++) {
    const kills = Math.min(KILLS_A_STORM, count - i * KILLS_A_STORM)
    for (const engine of engines) {
      const soak = sumOf(soaks.get(engine), await stormOfKills(engine, kills, firstSeed + i, shared))
      soaks.set(engine, soak)
      for (const violation of soak.violations.slice(known.get(engine))) console.log(`  ${violation}`)
      known.set(engine, soak.violations.length)
      console.log(
        `${engine}: ${soak.kills} of ${count} kills, ${soak.acknowledged} results acknowledged, ${soak.violations.length} violations`,
      )
    }
  }
  return [...soaks.values()]
}

async function stormOfKills(
  engine: Plan['engine'],
  kills: number,
  seed: number,
  shared: string | undefined,
): Promise<KillSoak> {
  const began = performance.now()
  const world = { engine, servers: 1, hasDisk: false, hasClock: false }
  const { scene, close } = await openWorld(world, seed, WORKERS, shared)
  const server = scene.servers[0]!
  try {
    const { violations, acknowledged } = await storm(scene, async (diary) => {
      while (server.kills < kills) {
        const enough = diary.acknowledged.length + 1 + scene.chance() * MOST_RESULTS
        while (diary.acknowledged.length < enough) await setTimeout(5)
        await server.kill()
        await server.start()
      }
    })
    const minutes = (performance.now() - began) / 60_000
    return { engine, storms: 1, kills: server.kills, acknowledged, violations, seeds: [seed], minutes }
  } finally {
    await close()
  }
}

function sumOf(before: KillSoak | undefined, next: KillSoak): KillSoak {
  if (before === undefined) return next
  return {
    engine: next.engine,
    storms: before.storms + next.storms,
    kills: before.kills + next.kills,
    acknowledged: before.acknowledged + next.acknowledged,
    violations: [...before.violations, ...next.violations],
    seeds: [...before.seeds, ...next.seeds],
    minutes: before.minutes + next.minutes,
  }
}
