/**
 * The Python client as its users have it: its wheel, installed beside the packages that it works with, against a server
 * process. Its tests come in from Python: they are pytest's, in clients/python/tests.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runToEnd } from '../../src/dispatch/profiles/python-environment.js'
import { fromRoot, version } from '../../src/root.js'
import { databases, type TestDatabase } from '../postgres.js'
import { makeReady, ServerProcess } from '../service/server-process.js'
import { environment } from '../trainer/environment.js'

/** Runs these files of its tests in the environment `name`. */
export async function describeClient(name: string, requirements: string, files: readonly string[]) {
  vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 })
  const found = await environment(name, `clients/python/tests/${requirements}`)
  const python = 'python' in found ? found.python : ''

  describe.skipIf('lacks' in found)(`the Python client in ${name}`, () => {
    let place: TestDatabase
    let server: ServerProcess
    let url: string
    let wheel: string

    beforeAll(async () => {
      makeReady()
      wheel = await installWheel(python)
      place = await databases()[0]!.open()
      server = ServerProcess.run({ PORT: '0', CHIRON_DATA_DIR: place.dataDir })
      url = await server.listening()
    })
    afterAll(async () => {
      await server?.kill()
      await place?.close()
    })

    it('has the version of the service', () => {
      expect(wheel).toBe(`chiron_hpo-${version}-py3-none-any.whl`)
    })

    it.each(files)('%s', async (file) => {
      expect(await runPytest(python, file, url)).toBe('passed')
    })
  })
}

/** Builds the wheel and installs it. Answers its name. */
async function installWheel(python: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'chiron-wheel-'))
  const pip = ['-m', 'pip', '--quiet', '--disable-pip-version-check']
  try {
    const build = ['--no-deps', '--no-build-isolation', '--wheel-dir', folder, fromRoot('clients/python')]
    await runToEnd(python, [...pip, 'wheel', ...build])
    const [wheel] = readdirSync(folder)
    await runToEnd(python, [...pip, 'install', '--no-deps', '--force-reinstall', join(folder, wheel!)])
    return wheel!
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** `passed`, or what pytest printed. */
async function runPytest(python: string, file: string, server: string): Promise<string> {
  const args = ['-m', 'pytest', '-p', 'no:cacheprovider', '--no-header', '--tb=short', `tests/${file}`]
  const child = spawn(python, args, {
    cwd: fromRoot('clients/python'),
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      CHIRON_TEST_SERVER: server,
      RAY_AUTH_MODE: 'disabled', // else Ray leaves a token in the home folder, and demands it from then on
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk))
  const [code] = await once(child, 'close')
  return code === 0 ? 'passed' : printed
}
