/** What PGlite has acknowledged is on the disk: by real processes, whose every fsync is watched and can be held up. */
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { fromRoot } from '../../src/root.js'
import { openDatabase } from '../../src/storage/open.js'
import { databases, type TestDatabase } from '../postgres.js'
import { makeReady, ServerProcess } from './server-process.js'
import type { Body } from './service.js'

const TELLS = 40
const [pglite] = databases()

describe.skipIf(process.platform !== 'linux')('a server on PGlite', () => {
  let place: TestDatabase
  let disk: string
  let server: ServerProcess
  let url: string

  beforeAll(makeReady, 300_000)
  beforeEach(async () => {
    place = await pglite!.open()
    disk = join(place.dataDir!, 'disk')
    await mkdir(disk)
    await cp(join(place.dataDir!, 'pglite'), join(disk, 'kept/pglite'), { recursive: true })
  })
  afterEach(async () => {
    await rm(join(disk, 'stuck'), { force: true })
    await server.kill()
    await place.close()
  })

  async function start(fsync: 'on' | 'off'): Promise<void> {
    server = ServerProcess.run({
      PORT: '0',
      CHIRON_DATA_DIR: place.dataDir,
      CHIRON_FSYNC: fsync,
      DISK: disk,
      NODE_OPTIONS: `--require ${fromRoot('test/service/disk.cjs')}`,
    })
    url = await server.listening()
    const space = { parameters: { x: { type: 'float', low: 0, high: 1 } } }
    await post('/studies', { name: 'kept', space, method: 'random' })
  }

  const fsyncs = () =>
    existsSync(join(disk, 'log')) ? readFileSync(join(disk, 'log'), 'utf8').split('\n').length - 1 : 0

  async function post(path: string, body: unknown): Promise<Body> {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(answer.ok, path).toBe(true)
    return answer.json()
  }

  async function ask(worker: string) {
    const { trials } = await post('/studies/kept/ask', { worker })
    const [{ number, lease }] = trials
    return { number: number as number, token: lease.token as string }
  }

  function tell({ number, token }: { number: number; token: string }): Promise<Body> {
    return post(`/studies/kept/trials/${number}/tell`, { token, outcome: 'complete', value: number })
  }

  it('answers no tell while the disk does not say that it has it', async () => {
    await start('on')
    const trial = await ask('w')
    const before = fsyncs()
    await writeFile(join(disk, 'stuck'), '')
    let isAnswered = false
    const told = tell(trial).then(() => {
      isAnswered = true
    })
    while (fsyncs() === before && !isAnswered) await sleep(5)
    await sleep(50)
    expect(isAnswered).toBe(false)
    await rm(join(disk, 'stuck'))
    await told
  })

  it('has after a power cut what it had acknowledged', async () => {
    await start('on')
    const workers = Array.from({ length: 4 }, async (_, n) => {
      for (let i = 0; i < TELLS / 4; i++) await tell(await ask(`w${n}`))
    })
    await Promise.all(workers)
    await server.kill()
    const database = await openDatabase({ dataDir: join(disk, 'kept'), pool: 1 })
    const [row] = await database.query<{ n: number }>(
      `select count(*)::int as n from trials where state = 'complete' and value = number`,
    )
    await database.close()
    expect(row!.n).toBe(TELLS)
  })

  it('shares one fsync among requests that arrive together', async () => {
    await start('on')
    const trials = await Promise.all(Array.from({ length: TELLS }, (_, n) => ask(`w${n}`)))
    const before = fsyncs()
    await writeFile(join(disk, 'stuck'), '')
    const beats = trials.map(({ number, token }) =>
      post(`/studies/kept/trials/${number}/heartbeat`, { token }),
    )
    while (fsyncs() === before) await sleep(5)
    await sleep(500)
    await rm(join(disk, 'stuck'))
    await Promise.all(beats)
    expect(fsyncs() - before).toBeLessThan(TELLS / 2)
  })

  it('asks for no fsync where CHIRON_FSYNC=off', async () => {
    await start('off')
    await tell(await ask('w'))
    expect(fsyncs()).toBe(0)
  })
})

it('the log of PGlite is cut while it runs', { timeout: 120_000 }, async () => {
  const place = await pglite!.open()
  const database = await openDatabase({ dataDir: place.dataDir!, pool: 1 })
  const logBytes = async () => {
    const [row] = await database.query<{ bytes: number }>(
      'select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)::float8 as bytes from pg_control_checkpoint()',
    )
    return row!.bytes
  }
  await database.query(
    'create table large as select repeat(md5(g::text), 20) as x from generate_series(1, 150000) g',
  )
  expect(await logBytes()).toBeGreaterThan(2 ** 26)
  await vi.waitFor(async () => expect(await logBytes()).toBeLessThan(2 ** 20), {
    timeout: 100_000,
    interval: 500,
  })
  await database.close()
  await place.close()
})
