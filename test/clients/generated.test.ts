/**
 * Clients that others generate from the OpenAPI document: it must be read without a warning, be strict where its types
 * are checked, and serve an ask/tell loop. Every loop runs the same study, so all find the same best value.
 */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fromRoot } from '../../src/root.js'
import { databases, type TestDatabase } from '../postgres.js'
import { makeReady, ServerProcess } from '../service/server-process.js'
import type { Body } from '../service/service.js'
import { environment } from '../trainer/environment.js'

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 })

const DOCUMENT = fromRoot('openapi/openapi.json')
const LOOPS = fromRoot('test/clients/generated')

let place: TestDatabase
let server: ServerProcess
let url: string
let folder: string
beforeAll(async () => {
  makeReady()
  folder = await mkdtemp(join(tmpdir(), 'chiron-generated-'))
  place = await databases()[0]!.open()
  server = ServerProcess.run({ PORT: '0', CHIRON_DATA_DIR: place.dataDir })
  url = await server.listening()
})
afterAll(async () => {
  await server?.kill()
  await place?.close()
  await rm(folder, { recursive: true, force: true })
})

const studyOf = (name: string) => ({
  name,
  space: {
    parameters: {
      x: { type: 'float', low: -5, high: 5 },
      act: { type: 'categorical', choices: ['relu', 1] },
    },
  },
  objective: { metric: 'loss', direction: 'minimize' },
  method: { optimizer: { kind: 'tpe' } },
  budget: { trials: 12 },
  pruning: { rule: 'median' },
  seed: 7,
})

/** What it printed; rejects with all of it where the program fails. */
async function run(program: string, args: readonly string[], env: Record<string, string> = {}) {
  const { stdout } = await promisify(execFile)(program, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    maxBuffer: 1e8,
  }).catch(({ message, stdout, stderr }) => {
    throw new Error(`${message}\n${stdout.slice(-5000)}\n${stderr.slice(-5000)}`)
  })
  return stdout
}

/** The best value of the same study in a loop without any client. */
async function plainLoop(): Promise<number> {
  const call = async (path: string, body?: unknown): Promise<Body> => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }
    return (await fetch(url + path, body === undefined ? {} : init)).json() as Promise<Body>
  }
  await call('/studies', studyOf('plain'))
  for (;;) {
    const { trials } = await call('/studies/plain/ask', { worker: 'w' })
    if (trials.length === 0) return (await call('/studies/plain')).best.value
    const [{ number, lease, params }] = trials
    const [at, token, value] = [`/studies/plain/trials/${number}`, lease.token, (params.x - 1) ** 2]
    const { decision } = await call(`${at}/report`, { token, step: 1, value })
    await call(`${at}/tell`, { token, outcome: decision === 'stop' ? 'pruned' : 'complete', value })
  }
}

describe('openapi-typescript', () => {
  it('makes types that are strict, and an ask/tell loop by openapi-fetch', async () => {
    const generate = [fromRoot('node_modules/openapi-typescript/bin/cli.js'), DOCUMENT, '-o', 'schema.d.ts']
    await run(process.execPath, [...generate, '--immutable', '--root-types'])
    await cp(join(LOOPS, 'openapi-typescript-loop.ts'), join(folder, 'loop.ts'))
    await symlink(fromRoot('node_modules'), join(folder, 'node_modules'))
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(STRICT))
    await run(process.execPath, [fromRoot('node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json'])
    const printed = await run(process.execPath, ['loop.js', url, JSON.stringify(studyOf('typescript'))])
    expect(Number(printed)).toBe(await plainLoop())
  })
})

const STRICT = {
  compilerOptions: {
    target: 'ES2023',
    module: 'NodeNext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
  },
  files: ['loop.ts', 'schema.d.ts'],
}

const found = await environment('generators', 'test/clients/generated/requirements.txt')
const python = 'python' in found ? found.python : ''
const bin = (name: string) => join(dirname(python), name)

describe.skipIf('lacks' in found)('generators of Python clients', () => {
  const loop = (name: string, client: string, study: string) =>
    run(python, [join(LOOPS, name), url, JSON.stringify(studyOf(study))], { PYTHONPATH: client })

  it('openapi-python-client warns of nothing, and serves an ask/tell loop', async () => {
    const config = join(LOOPS, 'openapi-python-client.yml')
    const words = ['generate', '--path', DOCUMENT, '--output-path', 'client', '--config', config]
    // It formats what it made by its own ruff.
    const PATH = `${dirname(python)}${delimiter}${process.env.PATH}`
    await run(bin('openapi-python-client'), [...words, '--fail-on-warning'], { PATH })
    const printed = await loop('openapi_python_client_loop.py', join(folder, 'client'), 'python-client')
    expect(Number(printed)).toBe(await plainLoop())
  })

  it('openapi-generator finds the document valid, and serves an ask/tell loop', async () => {
    const words = ['generate', '-g', 'python', '-i', DOCUMENT, '-o', 'generator']
    await run(bin('openapi-generator-cli'), [
      ...words,
      '--additional-properties=packageName=chiron_generated',
    ])
    const printed = await loop('openapi_generator_loop.py', join(folder, 'generator'), 'generator')
    expect(Number(printed)).toBe(await plainLoop())
  })
})
