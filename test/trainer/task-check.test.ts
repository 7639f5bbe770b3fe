/** `chiron task check` and `chiron baseline` on a task of the user's own, whole and broken in one place each. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { whyNoSandbox } from '../../src/dispatch/sandbox/probe.js'
import { fromRoot } from '../../src/root.js'
import { makeReady } from '../service/server-process.js'
import { environment } from './environment.js'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 600_000 })

const found = await environment('scikit-learn', 'examples/task/requirements.txt')
const lacks = await whyNoSandbox()

describe.skipIf('lacks' in found || lacks !== undefined)('chiron task check', () => {
  let folder: string
  beforeAll(async () => {
    makeReady()
    folder = await mkdtemp(join(tmpdir(), 'chiron-'))
    const prepared = await chiron(['prepare', 'two-classes'], fromRoot('examples/task'))
    expect(prepared.code).toBe(0)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const chiron = (args: readonly string[], trainers: string) =>
    promisify(execFile)(process.execPath, [fromRoot('bin/chiron.mjs'), ...args], {
      env: { PATH: process.env.PATH, CHIRON_DATA_DIR: join(folder, 'data'), CHIRON_TRAINERS: trainers },
    }).then(
      ({ stdout, stderr }) => ({ stdout, stderr, code: 0 }),
      ({ stdout, stderr, code }) => ({ stdout, stderr, code }),
    )

  /** A copy of the example with other members in its profile, or with an edited file. */
  async function copy(more: Record<string, unknown>, file?: string, change?: (text: string) => string) {
    const own = await mkdtemp(join(folder, 'task-'))
    await cp(fromRoot('examples/task'), own, { recursive: true })
    const profile = JSON.parse(await readFile(join(own, 'task.json'), 'utf8'))
    await writeFile(join(own, 'task.json'), JSON.stringify({ ...profile, ...more }))
    if (file && change) await writeFile(join(own, file), change(await readFile(join(own, file), 'utf8')))
    return own
  }

  it('finds nothing wrong with the example, and its baseline is what `chiron baseline` says', async () => {
    const task = await copy({})
    const checked = await chiron(['task', 'check', task], task)
    expect(checked).toMatchObject({ stderr: '', code: 0 })
    const value = /baseline +(\S+) after/.exec(checked.stdout)![1]
    const ran = await chiron(['baseline', 'two-classes', '--seeds', '2'], task)
    expect(ran.stdout).toContain(`seed 1  ${value} `)
    expect(ran.stdout).toMatch(/mean \S+ {2}standard deviation 0$/m)
  })

  const broken: [
    what: string,
    more: Record<string, unknown>,
    says: RegExp,
    file?: string,
    change?: (text: string) => string,
  ][] = [
    [
      'whose scorer has changed',
      {},
      /locked +score\.py differs: its SHA-256 is [0-9a-f]{64}\n.*put it back/,
      'score.py',
      (s) => `${s}\n`,
    ],
    [
      'that has no scorer',
      { scorer: undefined },
      /scorer +an edited program would tell its own score\n.*docs\/tasks\.md/,
    ],
    [
      'whose editable file is not copied',
      { editable: ['model.py'] },
      /editable +model\.py are not among its files/,
    ],
    [
      'whose range excludes its baseline',
      { range: { low: 0.9, high: 1 } },
      /baseline +invalid: Its value 0\.\d+ is outside the range of the metric, 0\.9 to 1/,
    ],
    [
      'whose baseline fails',
      {},
      /smoke run +crashed: [\s\S]*ZeroDivisionError/,
      'train.py',
      (s) => `${s}\n1 / 0\n`,
    ],
    [
      'whose program is too large',
      { programKilobytes: 0.1 },
      /inspection +train\.py:1: The program has \d+ bytes; the task takes 100/,
    ],
    [
      'whose baseline does not define what it must',
      { surface: { 'train.py': { requires: ['fit'] } } },
      /inspection +train\.py:1: fit must be defined/,
    ],
  ]
  it.each(broken)('names what is wrong with one %s', async (_, more, says, file, change) => {
    const task = await copy(more, file, change)
    const { stdout, code } = await chiron(['task', 'check', task], task)
    expect(stdout).toMatch(says)
    expect(code).toBe(1)
  })

  it('names the tasks that there are where it is asked for another', async () => {
    const { stderr, code } = await chiron(['task', 'check', 'nothing'], fromRoot('examples/task'))
    expect(stderr).toMatch(/There is no task nothing: name one of .*shakespeare.*, or a folder/)
    expect(code).toBe(1)
  })
})
