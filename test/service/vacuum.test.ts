import { PGlite, protocol } from '@electric-sql/pglite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Said } from '../../src/storage/pglite-log.js'
import { EngineVacuum } from '../../src/storage/pglite-vacuum.js'

const TABLES = ['studies', 'snapshots', 'experiments', 'cells']

describe('the vacuum of the embedded database', () => {
  let pg: PGlite
  beforeAll(async () => {
    pg = await PGlite.create()
    for (const table of TABLES) await pg.exec(`create table ${table} (id int primary key, data text)`)
    await pg.exec(`insert into studies select i, repeat('x', 700) from generate_series(1, 200) i`)
  }, 60_000)
  afterAll(() => pg.close())

  const run = async (message: Uint8Array): Promise<Said> => {
    const { data, messages } = await pg.execProtocol(message, { syncToFs: false, throwOnError: false })
    return { data, messages, error: messages.find(({ name }) => name === 'error') as Said['error'] }
  }
  const size = async () => {
    const { rows } = await pg.query<{ bytes: number }>(`select pg_relation_size('studies')::int as bytes`)
    return rows[0]!.bytes
  }
  /** More than 8 MB of the log, and the table anew each time. */
  const turns = async () => {
    for (let i = 0; i < 60; i++) await pg.exec(`update studies set data = repeat(chr(${65 + (i % 26)}), 700)`)
  }

  it('keeps a table of a few rows small, however often they are written', async () => {
    const vacuum = new EngineVacuum(run)
    const sweep = async () => {
      for (const _ of TABLES) expect((await vacuum.vacuumWhereDue())?.error).toBeUndefined()
    }
    await turns()
    await sweep()
    const once = await size()
    expect(once).toBeGreaterThan(2 ** 20)
    for (let i = 0; i < 3; i++) {
      await turns()
      await sweep()
    }
    expect(await size()).toBeLessThan(1.2 * once)
    expect(await vacuum.vacuumWhereDue()).toBeUndefined()
  })

  it('leaves a transaction alone', async () => {
    const vacuum = new EngineVacuum(run)
    await run(protocol.serialize.query('begin'))
    await run(protocol.serialize.query(`update studies set data = 'kept' where id = 1`))
    expect(await vacuum.vacuumWhereDue()).toBeUndefined()
    expect((await run(protocol.serialize.query('commit'))).error).toBeUndefined()
    const { rows } = await pg.query(`select data from studies where id = 1`)
    expect(rows).toEqual([{ data: 'kept' }])
    const swept = await vacuum.vacuumWhereDue()
    expect(swept).toBeDefined()
    expect(swept!.error).toBeUndefined()
  })
})
