/** A bounded slice of the chaos: what `npm run chaos` does for as long as one likes. The seeds can be had again. */
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { databases, type TestDatabase } from '../postgres.js'
import { makeReady } from '../service/server-process.js'
import { POSTGRES_FAULTS, terminateConnections } from './faults.js'
import { freePort, Server } from './server.js'
import { chanceOf, storm } from './storm.js'
import { Wire } from './wire.js'

const KILLS = 20
const CUTS = 15
const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000)

beforeAll(makeReady)

for (const engine of databases()) {
  describe(`on ${engine.name} (CHAOS_SEED=${seed})`, () => {
    let database: TestDatabase
    let servers: Server[] = []
    const chance = chanceOf(seed)

    beforeAll(async () => {
      database = await engine.open()
    })
    afterAll(async () => {
      await Promise.all(servers.map((server) => server.stop()))
      await database.close()
    })

    test(`a server that is killed ${KILLS} times loses nothing`, { timeout: 900_000 }, async () => {
      servers = await start(1, place(database))
      const server = servers[0]!
      const { violations, acknowledged } = await storm(
        { database, servers, workers: 16, chance },
        async () => {
          while (server.kills < KILLS) {
            await setTimeout(300 + chance() * 700)
            await server.kill()
            await server.start()
          }
        },
      )
      expect(violations, server.said).toEqual([])
      expect(acknowledged).toBeGreaterThan(KILLS)
    })
  })
}

describe.each(databases().filter(({ name }) => name === 'postgres'))(
  `on $name, with a bad connection to it (CHAOS_SEED=${seed})`,
  (engine) => {
    let database: TestDatabase
    let wire: Wire
    let servers: Server[] = []
    const chance = chanceOf(seed)

    beforeEach(async () => {
      database = await engine.open()
      wire = await Wire.to(database.url!)
      return async () => {
        await Promise.all(servers.map((server) => server.stop()))
        wire.close()
        await database.close()
      }
    })

    test.each([1, 2, 3])(
      `a server whose connections Postgres ends ${CUTS} times loses nothing, run %i`,
      { timeout: 300_000 },
      async () => {
        servers = await start(1, place(database))
        const { violations } = await storm({ database, servers, workers: 8, chance }, async () => {
          for (let cut = 0; cut < CUTS; cut++) {
            await setTimeout(400)
            await terminateConnections(database.url!)
          }
        })
        expect(violations, servers[0]!.said).toEqual([])
      },
    )

    test('two servers lose nothing when they are killed and cut off', { timeout: 900_000 }, async () => {
      servers = await start(2, { DATABASE_URL: wire.through(database.url!) })
      const { violations } = await storm({ database, servers, workers: 16, chance }, async () => {
        for (let kills = 0; kills < KILLS; kills++) {
          await setTimeout(200 + chance() * 500)
          const server = servers[kills % 2]!
          await server.kill()
          await server.start()
          if (kills % 7 !== 3) continue
          wire.cut()
          await setTimeout(1000)
          wire.mend()
        }
      })
      expect(violations, servers.map(({ said }) => said).join('\n')).toEqual([])
    })

    test.each(Object.entries(POSTGRES_FAULTS))(
      'two servers lose nothing when %s',
      { timeout: 300_000 },
      async (_, fault) => {
        servers = await start(2, { DATABASE_URL: wire.through(database.url!) })
        const scene = { database, servers, wire, workers: 8, chance }
        const { violations } = await storm(scene, async () => {
          for (const _ of [1, 2]) {
            await setTimeout(500)
            await fault(scene)
          }
        })
        expect(violations, servers.map(({ said }) => said).join('\n')).toEqual([])
      },
    )
  },
)

function place(database: TestDatabase): Record<string, string> {
  return database.url === undefined ? { CHIRON_DATA_DIR: database.dataDir! } : { DATABASE_URL: database.url }
}

async function start(count: number, env: Record<string, string>): Promise<Server[]> {
  const servers: Server[] = []
  for (let i = 0; i < count; i++) servers.push(new Server(await freePort(), env))
  await Promise.all(servers.map((server) => server.start()))
  return servers
}
