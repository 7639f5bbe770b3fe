/** What `npm pack` packs: it has every file that the code opens, installs into an empty prefix, and runs there. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fromRoot, version } from '../src/root.js'
import { makeReady } from './service/server-process.js'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 })

let folder: string
let prefix: string
let lacks: string | undefined
beforeAll(async () => {
  makeReady()
  folder = await mkdtemp(join(tmpdir(), 'chiron-package-'))
  prefix = join(folder, 'prefix')
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], fromRoot('.'))
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))!
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']
  const install = ['install', '--global', '--prefix', prefix, ...quiet, join(folder, tarball)]
  lacks = await run('npm', install, folder, { ...environment(), ...network() }).then(
    () => undefined,
    (error) => String(error.stderr),
  )
  if (lacks !== undefined && process.env.CI) throw new Error(lacks)
})
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))

const run = (
  program: string,
  args: readonly string[],
  cwd = folder,
  env: NodeJS.ProcessEnv = environment(),
) => promisify(execFile)(program, args, { cwd, env, maxBuffer: 1e8 })
/** What this machine needs to reach a registry: proxies, certificates, settings of npm. */
const network = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /^(npm_config_|https?_proxy$|no_proxy$|NODE_EXTRA_CA_CERTS$)/i.test(name),
    ),
  )
/** Nothing of this checkout, and no database of its user. */
const environment = () => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  PORT: '0',
  CHIRON_DATA_DIR: join(folder, 'data'),
})
const installed = () => join(prefix, 'lib/node_modules', 'chiron-hpo')
const chiron = () => join(prefix, 'bin/chiron')

/** Without the network nothing can be installed; CI has it. */
describe('the package', () => {
  it('has every file that the code opens by its path', async ({ skip }) => {
    if (lacks !== undefined) skip(lacks)
    const sources = (await readdir(fromRoot('src'), { recursive: true })).filter((name) =>
      name.endsWith('.ts'),
    )
    const opened = await Promise.all(
      sources.map(async (name) => {
        const text = await readFile(fromRoot(`src/${name}`), 'utf8')
        return [...text.matchAll(/fromRoot\('([^']+)'\)/g)].map(([, path]) => path!)
      }),
    )
    const paths = [...new Set(opened.flat())]
    expect(paths.length).toBeGreaterThan(8)
    expect(paths.filter((path) => !existsSync(join(installed(), path)))).toEqual([])
  })

  it('says its version, and what this machine lacks', async ({ skip }) => {
    if (lacks !== undefined) skip(lacks)
    expect((await run(chiron(), ['--version'])).stdout).toBe(`${version}\n`)
    const { stdout } = await run(chiron(), ['doctor'])
    expect(stdout).toMatch(/database +PGlite in .* answers/)
    expect(stdout).not.toContain('ENOENT')
  })

  it('serves an ask/tell loop, and the page', async ({ skip }) => {
    if (lacks !== undefined) skip(lacks)
    const server = spawn(chiron(), ['serve'], { cwd: folder, env: environment() })
    try {
      let said = ''
      for await (const chunk of server.stdout) {
        said += chunk
        if (said.includes('Chiron listens on')) break
      }
      const url = /Chiron listens on (http:\/\/\S+)/.exec(said)![1]!
      const call = async (path: string, body: object) => {
        const headers = { 'content-type': 'application/json' }
        const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
        return (await answer.json()) as {
          trials: { number: number; lease: { token: string } }[]
          state: string
        }
      }
      await call('/studies', {
        name: 's',
        space: 'autoresearch-14',
        objective: { metric: 'v' },
        method: 'gp',
      })
      const { trials } = await call('/studies/s/ask', { worker: 'w' })
      const told = { token: trials[0]!.lease.token, outcome: 'complete', value: 1 }
      expect(await call('/studies/s/trials/0/tell', told)).toMatchObject({ state: 'complete', value: 1 })
      expect(await (await fetch(`${url}/`)).text()).toContain('<script')
    } finally {
      server.kill()
      await once(server, 'close')
    }
  })
})
