import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { statfsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { databases, type TestDatabase } from '../postgres.js'
import { makeReady, ServerProcess } from './server-process.js'
import { LINE } from './service.js'

vi.setConfig({ testTimeout: 120_000 })

const running: ServerProcess[] = []

function serve(env: Record<string, string | undefined>): ServerProcess {
  const server = ServerProcess.run({ PORT: '0', ...env })
  running.push(server)
  return server
}

beforeAll(makeReady, 300_000)
const killAll = () => Promise.all(running.splice(0).map((server) => server.kill()))
afterEach(async () => {
  await killAll()
})

const at = (place: TestDatabase) => ({ DATABASE_URL: place.url, CHIRON_DATA_DIR: place.dataDir })
const post = (url: string, body: unknown) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

describe.each(databases())('a server process on $name', (engine) => {
  it('finishes open requests on SIGTERM, and leaves nothing half done', async () => {
    const place = await engine.open()
    const server = serve(at(place))
    const url = await server.listening()
    await post(`${url}/studies`, { name: 'mine', space: LINE, method: 'random', budget: { trials: 1 } })
    await post(`${url}/studies/mine/ask`, { worker: 'busy' })
    const waiting = post(`${url}/studies/mine/ask`, { worker: 'idle', wait: 60 })
    const events = await fetch(`${url}/studies/mine/events`)
    const ended = server.kill('SIGTERM')
    expect(await (await waiting).json()).toMatchObject({ reason: { code: 'budget_reserved' } })
    expect(await events.text()).toContain('event: leased')
    expect(await ended).toMatchObject({ code: 0, stderr: '' })

    const next = await serve(at(place)).listening()
    const asked = await post(`${next}/studies/mine/ask`, { worker: 'busy' })
    expect(await asked.json()).toMatchObject({ trials: [{ number: 0, attempt: 1 }] })
    await killAll() // whoever still writes into the folder would keep it from being removed
    await place.close()
  })
})

describe('a server that cannot start says why in one line', () => {
  const says = async (env: Record<string, string>, line: RegExp) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'chiron-'))
    const { code, stderr } = await serve({ CHIRON_DATA_DIR: dataDir, ...env }).ended
    expect(stderr).toMatch(line)
    expect(stderr).not.toMatch(/secret|cret@/)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(code).toBe(1)
    await rm(dataDir, { recursive: true, force: true })
  }

  it('to listen beyond this machine without a token', () =>
    says({ HOST: '0.0.0.0' }, /^chiron: HOST=0\.0\.0\.0 .*CHIRON_TOKEN/))

  it('on a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    await says({ PORT: String(port) }, new RegExp(`^chiron: Port ${port} .*is taken`))
    other.close()
  })

  it('with an invalid setting', () => says({ CHIRON_POOL: 'many' }, /^chiron: CHIRON_POOL /))

  const url = (address: string) => ({ DATABASE_URL: `postgres://${address}` })

  it('on a Postgres that is not there', () =>
    says(
      url('nobody:secret@127.0.0.1:1/nothing'),
      /^chiron: Postgres \(DATABASE_URL: 127\.0\.0\.1:1, user nobody, database nothing\) does not listen there/,
    ))

  it('on a host that is not there', () =>
    says(url('nobody:secret@no-such-host.invalid/x'), /^chiron: Postgres .*no-such-host.* was not found/))

  it.each(['se/cret', 'se#cret', '12#cret', '12/cret', '12?cret', 'se%cret'])(
    'with a password whose special characters are not escaped: %s',
    (password) => says(url(`me:${password}@127.0.0.1/x`), /^chiron: DATABASE_URL is not a valid URL: .*%2F/),
  )

  it('on a Postgres that refuses the password', async () => {
    const refusal = Buffer.from('SFATAL\0C28P01\0Mpassword authentication failed for user "me"\0\0')
    const length = Buffer.alloc(4)
    length.writeInt32BE(refusal.length + 4)
    const strict = createServer((socket) =>
      socket.once('data', () => socket.end(Buffer.concat([Buffer.from('E'), length, refusal]))),
    ).listen(0, '127.0.0.1')
    await once(strict, 'listening')
    const { port } = strict.address() as { port: number }
    await says(url(`me:secret@127.0.0.1:${port}/x`), /user me, .*the user or the password is wrong/)
    strict.close()
  })

  it.each(databases().filter(({ name }) => name === 'postgres'))(
    'on a $name without such a user or such a database',
    async (engine) => {
      const place = await engine.open()
      const stranger = new URL(place.url!)
      stranger.username = 'nobody_known'
      stranger.password = 'secret'
      await says(
        { DATABASE_URL: stranger.href },
        /refused the connection: role "nobody_known" does not exist/,
      )
      const nowhere = new URL(place.url!)
      nowhere.pathname = '/chiron_test_nowhere'
      nowhere.password = 'secret'
      await says({ DATABASE_URL: nowhere.href }, /has no such database: create it/)
      await place.close()
    },
  )
})

/** A file system of its own; undefined where this user may not mount one. */
async function mountDisk(megabytes: number): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'chiron-disk-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])
  if (status === 0) return folder
  await rm(folder, { recursive: true })
  return undefined
}

/** 200 kB that hardly compress. */
function longTexts(): string[] {
  return Array.from({ length: 400 }, () => randomBytes(250).toString('hex'))
}

describe('a full disk under the embedded database', () => {
  it('ends the process with one line, and a restart has all that was acknowledged', async (test) => {
    const folder = await mountDisk(90)
    if (folder === undefined) return test.skip('this user may not mount a file system')
    try {
      const place = await databases()[0]!.open()
      await cp(place.dataDir!, folder, { recursive: true })
      await place.close()
      const first = serve({ CHIRON_DATA_DIR: folder })
      const url = await first.listening()
      const { bavail, bsize } = statfsSync(folder)
      const ballast = join(folder, 'ballast')
      await writeFile(ballast, Buffer.alloc(bavail * bsize - 12 * 2 ** 20))
      const acknowledged: string[] = []
      for (let n = 0; ; n++) {
        const space = { parameters: { c: { type: 'categorical', choices: longTexts() } } }
        const answer = await post(`${url}/studies`, { name: `s${n}`, space, method: 'random' }).catch(
          () => {},
        )
        if (answer === undefined) break
        expect([201, 503]).toContain(answer.status)
        if (answer.status === 201) acknowledged.push(`s${n}`)
      }
      expect(await first.ended).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^chiron: The embedded database in .* has ended: .*No space left.*\n$/),
      })
      await rm(ballast)
      const next = await serve({ CHIRON_DATA_DIR: folder }).listening()
      for (const name of acknowledged) expect((await fetch(`${next}/studies/${name}`)).status).toBe(200)
    } finally {
      await killAll()
      spawnSync('umount', [folder])
      await rm(folder, { recursive: true, force: true })
    }
  })
})

describe('a data folder', () => {
  it('that holds files but no database is refused and left as it is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chiron-'))
    await mkdir(join(folder, 'pglite', 'base'), { recursive: true })
    const server = serve({ CHIRON_DATA_DIR: folder })
    await expect(server.listening()).rejects.toThrow()
    const { code, stderr } = await server.ended
    expect(code).toBe(1)
    expect(stderr).toMatch(/^chiron: The folder .*pglite is not empty and has no PG_VERSION.*backup.*\n$/)
    expect(await readdir(join(folder, 'pglite'))).toEqual(['base'])
    await rm(folder, { recursive: true, force: true })
  })

  it('serves one process: another one is refused with a message, and takes over after the first was killed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chiron-'))
    const first = serve({ CHIRON_DATA_DIR: folder })
    const url = await first.listening()
    await post(`${url}/studies`, { name: 'kept', space: LINE, method: 'random' })

    const second = await serve({ CHIRON_DATA_DIR: folder }).ended
    expect(second.code).toBe(1)
    expect(second.stderr).toMatch(/^chiron: Another process uses the data folder .*DATABASE_URL.*\n$/)
    expect((await fetch(`${url}/studies/kept`)).status).toBe(200)

    await first.kill('SIGKILL')
    const third = await serve({ CHIRON_DATA_DIR: folder }).listening()
    expect((await fetch(`${third}/studies/kept`)).status).toBe(200)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  it('is kept by a server that is stopped, and what that server acknowledges later is there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chiron-'))
    const first = serve({ CHIRON_DATA_DIR: folder })
    const url = await first.listening()
    await post(`${url}/studies`, { name: 'kept', space: LINE, method: 'random' })
    const asked = await post(`${url}/studies/kept/ask`, { worker: 'w' })
    const [{ lease }] = ((await asked.json()) as { trials: [{ lease: { token: string } }] }).trials

    first.signal('SIGSTOP')
    await sleep(6000) // longer than a lock of timestamps would live without being renewed
    const second = serve({ CHIRON_DATA_DIR: folder })
    const outcome = await Promise.race([second.ended, second.listening().catch(() => second.ended)])
    first.signal('SIGCONT')
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^chiron: Another process uses .*\n$/),
    })

    const told = await post(`${url}/studies/kept/trials/0/tell`, {
      token: lease.token,
      outcome: 'complete',
      value: 1,
    })
    expect(told.status).toBe(200)
    await first.kill('SIGKILL')
    const third = await serve({ CHIRON_DATA_DIR: folder }).listening()
    const trial = await (await fetch(`${third}/studies/kept/trials/0`)).json()
    expect(trial).toMatchObject({ state: 'complete', value: 1 })
    await killAll()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  it('is the same by whatever path it is reached', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chiron-'))
    await mkdir(join(folder, 'inner'))
    const first = serve({ CHIRON_DATA_DIR: folder })
    await first.listening()
    const { stderr } = await serve({ CHIRON_DATA_DIR: join(folder, 'inner', '..') }).ended
    expect(stderr).toContain('Another process uses the data folder')
    await first.kill()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
})
