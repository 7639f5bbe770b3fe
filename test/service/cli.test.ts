/** The commands that people type, as processes of their own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
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
    expect(first.stdout).toMatch(/^best 0\.9\d+ \(trial .*\) {3}[▁▂▃▄▅▆▇█]+$/m)
    expect(first.stdout).toMatch(/^best trials( +0\.9\d+ \(\d+\)){5}$/m)
    expect(first.stdout).toMatch(/^DEPTH( +\d+){5}$/m)
    const end = (text: string) => text.slice(text.indexOf('try is finished'))
    const again = await chiron(['run', file])
    expect(end(again.stdout)).toBe(end(first.stdout))
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

describe('chiron status and chiron best', () => {
  let server: ServerProcess
  let at: string[]
  beforeAll(async () => {
    const env = { PORT: '0', CHIRON_DATA_DIR: join(folder, 'seen'), LOG_LEVEL: 'info' }
    server = ServerProcess.run(env)
    at = ['--server', await server.listening()]
    const file = join(folder, 'seen.json')
    await writeFile(file, JSON.stringify({ ...study, name: 'seen', method: 'random', confirm: undefined }))
    await chiron(['run', file, ...at])
  })
  afterAll(() => server.kill())

  const study = {
    space: 'autoresearch-14',
    objective: { metric: 'val_bpb' },
    trainer: 'simulated-h200',
    budget: { trials: 40 },
  }

  it('list the studies, and show one', async () => {
    const { stdout } = await chiron(['status', ...at])
    const [heads, line] = stdout.split('\n')
    expect(heads).toMatch(/^study +state +method +trials +budget +best/)
    expect(line).toMatch(/^seen +finished +random +40 +100\.0 % +0\.9\d+/)
    const shown = await chiron(['status', 'seen', ...at])
    expect(shown.stdout).toContain('seen is finished')
    expect(shown.stdout).toMatch(/^best trials( +[01]\.\d+ \(\d+\)){5}$/m)
    expect(shown.stdout).toMatch(/^importance/m)
  })

  it('print the best configuration to paste', async () => {
    const json = await chiron(['best', 'seen', ...at])
    const params = JSON.parse(json.stdout)
    expect(json.stderr).toMatch(/^best observed: trial \d+, 0\.9\d+\n$/)
    const constants = await chiron(['best', 'seen', '--as', 'constants', ...at])
    expect(constants.stdout).toContain(`DEPTH = ${params.DEPTH}\n`)
    expect(constants.stdout).toContain(`WINDOW_PATTERN = "${params.WINDOW_PATTERN}"\n`)
    const words = await chiron(['best', 'seen', '--as', 'arguments', ...at])
    expect(words.stdout.trimEnd().split(' ')).toContain(`--DEPTH=${params.DEPTH}`)
  })

  it('say in a line what there is not', async () => {
    const none = await chiron(['best', 'nothing', ...at])
    expect(none).toMatchObject({ code: 1, stderr: 'chiron: There is no study "nothing"\n' })
    const form = await chiron(['best', 'seen', '--as', 'yaml', ...at])
    expect(form).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('choose json, constants, arguments'),
    })
  })
})

describe('chiron compare and chiron ablate', () => {
  const plan = {
    name: 'short',
    study: {
      space: 'autoresearch-14',
      objective: { metric: 'val_bpb' },
      trainer: 'simulated-h200',
      budget: { trials: 6 },
    },
    arms: [
      { name: 'random', method: 'random' },
      { name: 'tpe', method: 'tpe' },
    ],
    seeds: 2,
    baseline: 'random',
    parallel: 2,
  }
  const fileOf = async (given: object) => {
    const file = join(folder, `plan-${Object(given).name}.json`)
    await writeFile(file, JSON.stringify(given))
    return file
  }

  it('says what an experiment would take, and creates nothing', async () => {
    const file = await fileOf(plan)
    const { stdout, code } = await chiron(['compare', file, '--dry-run', '--seeds', '8'])
    expect(code).toBe(0)
    expect(stdout).toContain('short: 2 arms × 8 seeds = 16 cells')
    expect(stdout).toMatch(/^trials +176$/m)
    expect(stdout).toContain('nothing was created')
    expect(stdout).toMatch(/With 8 seeds and 1 contrast the least possible p is 0\.0039/)
  })

  it('runs an experiment, prints its analysis, and finds it there again', async () => {
    const file = await fileOf(plan)
    const first = await chiron(['compare', file])
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(/^tpe − random +2 .* cannot show$/m)
    expect(first.stdout).toMatch(/^random +2 +0\.9/m)
    expect(first.stdout).toMatch(/^ {2}DEPTH = \d+$/m)
    const again = await chiron(['compare', file])
    const end = (text: string) => text.slice(text.indexOf('val_bpb of the recommended'))
    expect(end(again.stdout)).toBe(end(first.stdout))
  })

  it('says where a plan differs from the experiment of its name, and what a file lacks', async () => {
    const other = await chiron(['compare', await fileOf({ ...plan, alpha: 0.1 })])
    expect(other.code).toBe(1)
    expect(other.stderr).toContain('chiron: An experiment named short was declared otherwise')
    expect(other.stderr).toContain('alpha was 0.05')
    const { baseline: _, ...without } = plan
    const lacking = await chiron(['compare', await fileOf({ ...without, name: 'lacking' })])
    expect(lacking.stderr).toBe('chiron: baseline: name the arm that the others are compared with\n')
    const nothing = await chiron(['compare', join(folder, 'nowhere.json')])
    expect(nothing.stderr).toContain('nowhere.json cannot be read as an experiment')
  })

  it('varies the share of an advisor, with its controls', async () => {
    const args = [
      '--ratios',
      '0,0.5',
      '--controls',
      'copy',
      '--seeds',
      '1',
      '--trials',
      '12',
      '--repetitions',
      '1',
    ]
    const { stdout, code } = await chiron(['ablate', ...args])
    expect(code).toBe(0)
    for (const arm of ['alone', 'expert-0\\.5', 'expert-1', 'copy-0\\.5', 'copy-1'])
      expect(stdout).toMatch(new RegExp(`^${arm} +1 +\\d`, 'm'))
    expect(stdout).toContain('trend over the share of expert')
  })
})

describe('chiron demo', () => {
  it('says that no model is at hand, and lets the script advise', async () => {
    const file = join(folder, 'demo.html')
    const { stdout, code } = await chiron(['demo', '--hours', '1', '--report', file])
    expect(code).toBe(0)
    expect(stdout).toContain(`report: ${file}`)
    expect(readFileSync(file, 'utf8')).toContain('<h1>Report of demo</h1>')
    expect(stdout).toMatch(/no key for a language model .*`expert`, a script of rules of thumb/)
    const arms = [
      'chiron',
      'cma-es',
      'tpe',
      'centaur-expert',
      'centaur-copy',
      'centaur-jitter',
      'centaur-random',
    ]
    for (const arm of arms) expect(stdout).toMatch(new RegExp(`^${arm} +3 +0\\.9`, 'm'))
    expect(stdout).toMatch(/^best configuration: 0\.9\d+ by /m)
    expect(stdout).toContain(
      'What this can and cannot show: With 3 seeds and 6 contrasts nothing can be shown',
    )
  })

  it('lets the first model of a server advise, where there is one', async () => {
    const model = await StandIn.open({ says: '{"DEPTH": 9}' })
    const { stdout } = await chiron(['demo', '--hours', '2'], { OPENAI_BASE_URL: `${model.url}/v1` })
    expect(stdout).toContain('openai-compatible:stand-in advises')
    expect(stdout).toMatch(/^centaur-llm +3 +0\.9/m)
    expect(model.received.length).toBeGreaterThan(0)
    await model.close()
  })
})
