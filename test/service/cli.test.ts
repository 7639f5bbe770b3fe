/** The commands that people type, as processes of their own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fromRoot } from '../../src/root.js'
import { StandIn } from '../advisors/stand-in.js'
import { makeReady, ServerProcess } from './server-process.js'

vi.setConfig({ testTimeout: 240_000 })

let folder: string
beforeAll(async () => {
  makeReady()
  folder = await mkdtemp(join(tmpdir(), 'chiron-'))
}, 300_000)
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))

const chiron = (args: readonly string[], env: Record<string, string> = {}) =>
  promisify(execFile)(process.execPath, [fromRoot('bin/chiron.mjs'), ...args], {
    env: { PATH: process.env.PATH, PORT: '0', CHIRON_DATA_DIR: join(folder, 'data'), ...env },
  }).then(
    ({ stdout, stderr }) => ({ stdout, stderr, code: 0 }),
    ({ stdout, stderr, code }) => ({ stdout, stderr, code }),
  )

describe('chiron run', () => {
  const study = {
    name: 'try',
    space: 'autoresearch-14',
    objective: { metric: 'val_bpb' },
    method: 'centaur-expert',
    trainer: 'simulated-h200',
    budget: { trials: 30 },
    confirm: 1,
  }

  it('follows a study to its end, and finds it there again', async () => {
    const file = join(folder, 'study.json')
    await writeFile(file, JSON.stringify(study))
    const first = await chiron(['run', file])
    expect(first.stderr).toBe('')
    expect(first.stdout).toMatch(/best 0\.9\d+ \(trial \d+, (cma-es|expert|default)\)/)
    expect(first.stdout).toContain('try is finished: All 30 trials of the budget have been given out')
    expect(first.stdout).toContain('expert on 26.7 %')
    expect(first.stdout).toMatch(/trial \d+ showed 0\.9\d+; run again 0\.9\d+, 95 % from/)
    const again = await chiron(['run', file])
    expect(again.stdout.split('\n').at(-4)).toBe(first.stdout.split('\n').at(-4))
  })

  /** Follows a study that takes minutes, and does `then` to it once a trial has ended. */
  async function followed(name: string, args: readonly string[], then: (child: ChildProcess) => void) {
    const file = join(folder, `${name}.json`)
    await writeFile(file, JSON.stringify({ ...study, name, trainer: 'simulated-h200-watch' }))
    const child = spawn(process.execPath, [fromRoot('bin/chiron.mjs'), 'run', file, ...args], {
      env: { PATH: process.env.PATH, PORT: '0', CHIRON_DATA_DIR: join(folder, name) },
    })
    let said = ''
    child.stderr.on('data', (chunk) => (said += chunk))
    child.stdout.on('data', (chunk) => {
      if (!said.includes('best') && String(chunk).includes('best')) then(child)
      said += chunk
    })
    const [code] = await once(child, 'close')
    return { code, said }
  }

  it('stops in order at Ctrl-C, and says that nothing is lost', async () => {
    const { code, said } = await followed('stopped', [], (child) => child.kill('SIGINT'))
    expect(said.trimEnd().split('\n').at(-1)).toBe(
      'stopped is stopped, and nothing is lost: run the same file again to follow it',
    )
    expect(code).toBe(130)
  })

  it('says when the service is gone before the study is over', async () => {
    const server = ServerProcess.run({
      PORT: '0',
      CHIRON_DATA_DIR: join(folder, 'server'),
      LOG_LEVEL: 'info',
    })
    const url = await server.listening()
    const { code, said } = await followed('left', ['--server', url], () => void server.kill())
    expect(said.trimEnd().split('\n').at(-1)).toBe(
      `chiron: ${url} stopped answering before left was finished: run the same file again to follow it`,
    )
    expect(code).toBe(1)
  })

  it('says what is wrong with a file in a line', async () => {
    const file = join(folder, 'bad.json')
    await writeFile(file, '{"name": "bad", "space": "nowhere"}')
    expect(await chiron(['run', file])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^chiron: .*no space named "nowhere".*\n$/),
    })
    expect(await chiron(['run', join(folder, 'none.json')])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^chiron: .*none\.json cannot be read as a study.*\n$/),
    })
  })
})

describe('chiron demo', () => {
  it('says that no model is at hand, and lets the script advise', async () => {
    const { stdout, code } = await chiron(['demo', '--hours', '1'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/no key for a language model .*`expert`, a script of rules of thumb/)
    for (const arm of ['alone', 'expert', 'copy', 'jitter', 'random'])
      expect(stdout).toMatch(new RegExp(`^(\\+ )?${arm} +12 +0\\.9`, 'm'))
  })

  it('lets the first model of a server advise, where there is one', async () => {
    const model = await StandIn.open({ says: '{"DEPTH": 9}' })
    const { stdout } = await chiron(['demo', '--hours', '2'], { OPENAI_BASE_URL: `${model.url}/v1` })
    expect(stdout).toContain('openai-compatible:stand-in advises')
    expect(stdout).toMatch(/^\+ llm +24 +0\.9/m)
    expect(model.received.length).toBeGreaterThan(0)
    await model.close()
  })
})
