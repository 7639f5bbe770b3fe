/**
 * schemathesis sends what the OpenAPI document describes, what is near to it, and sequences of requests, and holds each
 * answer to the document. FUZZ_SECONDS and FUZZ_SEED: how long, and from which seed. CI holds what one seed finds, so that it fails only
 * by a change; `npm run fuzz` begins elsewhere each time.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fromRoot } from '../../src/root.js'
import { databases } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { type Body, useService } from '../service/service.js'
import { environment } from '../trainer/environment.js'

const found = await environment('schemathesis', 'test/fuzz/requirements.txt')
if ('lacks' in found) console.warn(`without schemathesis nothing is fuzzed: ${found.lacks}`)

const TOKEN = 'the-token-of-the-fuzz'
const seconds = Number(process.env.FUZZ_SECONDS ?? 60)
const CI_SEED = 1864472526
const seed = Number(process.env.FUZZ_SEED ?? (process.env.CI ? CI_SEED : Math.floor(Math.random() * 2 ** 31)))

const METHODS = ['random', 'tpe', 'gp']
const SPACE = {
  parameters: {
    x: { type: 'float', low: 0, high: 10 },
    kind: { type: 'categorical', choices: ['a', 'b'] },
  },
}
const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` }

type Lease = [study: string, number: number, token: string]

/** A study with trials that run, so that not every request ends at 404. */
async function openStudy(url: string, method: string): Promise<Lease[]> {
  const post = async (path: string, body: object): Promise<Body> =>
    (await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })).json()
  const { name } = await post('/studies', { name: `fuzz-${method}`, space: SPACE, method })
  const { trials } = await post(`/studies/${name}/ask`, { worker: 'w', count: 64 })
  return trials.map(({ number, lease }: Body) => [name, number, lease.token])
}

async function tellsOf(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`, { headers })).text()
  return [...text.matchAll(/^chiron_tells_total\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0)
}

describe.skipIf('lacks' in found).each(databases())('every request on $name', (engine) => {
  const service = useService(engine, { token: TOKEN })

  it(`is answered as the OpenAPI document says (seed ${seed})`, {
    timeout: seconds * 3000 + 60_000,
  }, async () => {
    const url = await service.listen()
    const leases = await Promise.all(METHODS.map((method) => openStudy(url, method)))
    const { code, said } = await fuzz((found as { python: string }).python, url, leases.flat())
    const cases = Number(/(\d+) generated/.exec(said)?.[1])
    const tells = await tellsOf(url)
    console.log(`${engine.name}: ${cases} cases, ${tells} results told, seed ${seed}`)
    expect(code, said).toBe(0)
    expect(tells).toBeGreaterThan(0)
    const { database, queues } = service.running
    // Studies of a trainer, as those of experiments, go on meanwhile.
    const idle = 'select name from studies where trainer is null'
    for (const { name } of await database.query<{ name: string }>(idle, []))
      expect(await unsound(database, name, queues)).toEqual([])
  })
})

async function fuzz(
  python: string,
  url: string,
  leases: readonly Lease[],
): Promise<{ code: number; said: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-'))
  const child = spawn(
    join(dirname(python), 'schemathesis'),
    [
      '--config-file',
      fromRoot('test/fuzz/schemathesis.toml'),
      'run',
      fromRoot('openapi/openapi.json'),
      ...['--url', url, '--header', `Authorization: Bearer ${TOKEN}`],
      ...['--max-time', `${seconds}`, '--seed', `${seed}`],
    ],
    {
      cwd: folder,
      env: {
        ...process.env,
        NO_COLOR: '1',
        SCHEMATHESIS_HOOKS: fromRoot('test/fuzz/hooks.py'),
        FUZZ_LEASES: JSON.stringify(leases),
      },
    },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
  const [code] = await once(child, 'close')
  rmSync(folder, { recursive: true, force: true })
  return { code, said }
}
