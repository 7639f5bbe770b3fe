/**
 * What a running trial and its study say to each other, and the ways in which parameters go in and results come out.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readConfig } from '../../src/config.js'
import { startService } from '../../src/service.js'
import { databases } from '../postgres.js'
import { TestService } from '../service/service.js'
import { finished, processesWith, Workshop } from './workshop.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const LINE = { parameters: { x: { type: 'float', low: 0, high: 1 } } }
const workshop = new Workshop()
const good = 'json.dump({"value": X, "trainSeconds": 1}, open("result.json", "w"))'
let service: TestService
let dataDir: string

beforeAll(async () => {
  workshop.script('file.py', `import json; X = json.load(open("params.json"))["x"]; ${good}`)
  workshop.script('environment.py', `import json, os; X = float(os.environ["x"]); ${good}`)
  workshop.script(
    'arguments.py',
    `import json, sys; X = float(dict(zip(sys.argv[1::2], sys.argv[2::2]))["--x"]); ${good}`,
  )
  workshop.script('constants.py', `import json\nx = 2\nX: float = (\n    0.1 + 2**-3  # of old\n)\n${good}\n`)
  workshop.script(
    'line.py',
    `import json; print("loss: nonsense"); print("loss:", json.load(open("params.json"))["x"])`,
  )
  workshop.script('digits.py', `print("loss: 1.2e-05 or so")`)
  workshop.script(
    'foreign.py',
    `import json; json.dump({"eval": {"loss": json.load(open("params.json"))["x"]}}, open("out.json", "w"))`,
  )
  workshop.script(
    'secrets.py',
    `import os; print("loss: 1"); print(sorted(n for n in os.environ if "TOKEN" in n or n == "DATABASE_URL" or n.startswith("CHIRON")))`,
  )
  workshop.script('sleeps.py', 'import time; time.sleep(7); print("loss: 1")')
  workshop.script('broken.py', 'def f(:\n')
  const script = (name: string, more = {}) =>
    workshop.profile(name, {
      space: LINE,
      files: [`${name}.py`],
      command: ['python3', `${name}.py`],
      ...more,
    })
  script('file')
  script('environment', { params: { by: 'environment' } })
  script('arguments', { params: { by: 'arguments' } })
  workshop.profile('constants', {
    space: { parameters: { X: { type: 'float', low: 0, high: 1 } } },
    files: ['constants.py'],
    command: ['python3', 'constants.py'],
    params: { by: 'constants', file: 'constants.py' },
  })
  script('line', { result: { by: 'line', label: 'loss:' } })
  script('digits', { result: { by: 'line', label: 'loss:' } })
  script('foreign', { result: { by: 'file', path: 'out.json', value: 'eval.loss' } })
  script('secrets', { result: { by: 'line', label: 'loss:' } })
  script('sleeps', { result: { by: 'line', label: 'loss:' } })
  script('broken', { params: { by: 'constants', file: 'broken.py' } })
  workshop.script(
    'reports.py',
    `import json, time
x = json.load(open("params.json"))["x"]
for step in range(1, 200 if x > 0.5 else 4):
    open("reports.jsonl", "a").write(json.dumps({"step": step, "value": x}) + "\\n")
    time.sleep(0.1)
json.dump({"value": x, "trainSeconds": 1}, open("result.json", "w"))`,
  )
  script('reports')
  workshop.script(
    'rewrites.py',
    `import json, time
for steps in [range(1, 5), range(7, 8)]:
    open("reports.jsonl", "w").write("".join(json.dumps({"step": step, "value": 0.5}) + "\\n" for step in steps))
    time.sleep(4)
json.dump({"value": 1, "trainSeconds": 1}, open("result.json", "w"))`,
  )
  script('rewrites')
  workshop.script(
    'canary.py',
    `import json, os, pathlib
slow = pathlib.Path("${workshop.folder}/slow").exists()
json.dump({"value": json.load(open("params.json"))["x"], "trainSeconds": 1, "tokensPerSecond": 90 if slow else 100}, open("result.json", "w"))`,
  )
  script('canary', { canaryHours: 0.0001 })
  process.env.SOME_API_TOKEN = 'not for trainers'
  const place = await databases()[0]!.open()
  dataDir = place.dataDir!
  service = await new TestService(place, {
    trainers: workshop.folder,
    dataDir,
    cpuSlots: 2,
    reapMs: 50,
  }).start()
})
afterAll(async () => {
  delete process.env.SOME_API_TOKEN
  await service.close()
  workshop.remove()
})

const study = (trainer: string, more: Record<string, unknown> = {}) =>
  service.create({ space: LINE, trainer, budget: { trials: 2 }, parallel: 2, ...more })
const running = (name: string, number: number) =>
  vi.waitFor(async () => expect((await service.show(name, number)).state).toBe('running'), {
    timeout: 60_000,
  })

describe('parameters go in', () => {
  it.each(['file', 'environment', 'arguments'])('by %s', async (trainer) => {
    for (const trial of await finished(service, await study(trainer)))
      expect(trial).toMatchObject({ state: 'complete', value: trial.params.x })
  })

  it('in the place of constants, wherever their literals end', async () => {
    const name = await study('constants', {
      space: { parameters: { X: { type: 'float', low: 0, high: 1 } } },
    })
    const trials = await finished(service, name)
    for (const trial of trials) expect(trial).toMatchObject({ state: 'complete', value: trial.params.X })
    const folder = join(dataDir, 'trials', await service.id(name), '0-1/work/constants.py')
    expect(await readFile(folder, 'utf8')).toContain(
      `x = 2\nX: float = (\n    ${trials[0].params.X}  # of old\n)\n`,
    )
  })

  it('or not at all, and the trial says why', async () => {
    const [trial] = await finished(service, await study('broken', { budget: { trials: 1 } }))
    expect(trial).toMatchObject({
      failure: 'crashed',
      message: expect.stringMatching(/could not be set up.*broken\.py:1: invalid syntax/s),
    })
  })
})

describe('results come out', () => {
  it.each(['line', 'foreign'])('of a %s', async (trainer) => {
    for (const trial of await finished(service, await study(trainer)))
      expect(trial).toMatchObject({ state: 'complete', value: trial.params.x })
  })

  it('of a line only where all of it is a number', async () => {
    const [trial] = await finished(service, await study('digits', { budget: { trials: 1 } }))
    expect(trial).toMatchObject({
      failure: 'crashed',
      message: 'Its result in the log is "1.2e-05 or so", which is no number',
    })
  })
})

describe('the log of a trial', () => {
  it('is shown, its end or all of it', async () => {
    const name = await study('line', { budget: { trials: 1 } })
    const [trial] = await finished(service, name)
    const log = async (query = '') => (await service.get(`/studies/${name}/trials/0/log${query}`)).body
    const whole = `loss: nonsense\nloss: ${trial.value}\n`
    expect(await log()).toEqual({ number: 0, attempt: 1, tail: whole, bytes: whole.length, cut: false })
    expect(await log('?tail=6')).toMatchObject({ tail: whole.slice(-6), cut: true })
    expect(await log('?attempt=2')).toMatchObject({
      code: 'log_not_found',
      detail: expect.stringContaining('no folder of attempt 2'),
    })
  })

  it('is elsewhere where a worker of its own ran it, and nowhere before it ran', async () => {
    const name = await service.create({ space: LINE })
    const code = async () => (await service.get(`/studies/${name}/trials/0/log`)).body
    expect(await code()).toMatchObject({ code: 'trial_not_found' })
    await service.post(`/studies/${name}/trials`, { params: { x: 0.5 } })
    expect(await code()).toMatchObject({
      code: 'log_not_found',
      detail: expect.stringContaining('has not run'),
    })
    await service.ask(name, 'gpu-7')
    expect(await code()).toMatchObject({ code: 'log_not_found', detail: expect.stringContaining('gpu-7') })
  })
})

describe('a running trial', () => {
  it.each([
    [{ rule: 'median', startupTrials: 2 }, [0.1, 0.2]],
    [{ rule: 'forecast', startupTrials: 5 }, [0.1, 0.2, 0.3, 0.15, 0.25]],
  ] as const)('hears of the rule that its reports break, and is pruned: $rule', async (pruning, good) => {
    const name = await study('reports', {
      parallel: 1,
      pruning,
      budget: { trials: good.length + 1 },
      space: LINE,
      lease: { seconds: 5 },
    })
    await service.patch(`/studies/${name}`, { state: 'paused' })
    for (const x of [...good, 0.9]) await service.post(`/studies/${name}/trials`, { params: { x } })
    await service.patch(`/studies/${name}`, { state: 'active' })
    const trials = await finished(service, name)
    const pruned = trials.find((trial) => trial.params.x === 0.9)
    expect(pruned).toMatchObject({ state: 'pruned', value: 0.9, message: 'Stopped by the rule of its study' })
    // One that lost its lease on a busy machine runs again behind the others, and the rule may judge it, too.
    const first = trials.filter((trial) => trial.params.x < 0.5 && trial.attempt === 1)
    expect(first.every(({ state }) => state === 'complete')).toBe(true)
  })

  it('is ended when it is cancelled, and nothing is told', async () => {
    const name = await study('reports', {
      parallel: 1,
      budget: { trials: 1 },
      space: { parameters: { x: { ...LINE.parameters.x, default: 0.8 } } },
      lease: { seconds: 2 },
    })
    await running(name, 0)
    const folder = join(dataDir, 'trials', await service.id(name), '0-1')
    await vi.waitFor(() => expect(existsSync(join(folder, 'work/reports.jsonl'))).toBe(true), {
      timeout: 60_000,
    })
    await service.post(`/studies/${name}/trials/0/cancel`)
    await vi.waitFor(async () => expect(await processesWith(folder)).toEqual([]), { timeout: 60_000 })
    expect(await service.show(name, 0)).toMatchObject({ state: 'cancelled' })
    await service.patch(`/studies/${name}`, { state: 'finished' })
  })

  it('outlasts its lease by heartbeats', async () => {
    const name = await study('sleeps', { budget: { trials: 1 }, lease: { seconds: 3 } })
    expect(await finished(service, name)).toMatchObject([{ state: 'complete', attempt: 1 }])
  })

  it('may write its reports anew: they are read from the beginning, and its lease is kept', async () => {
    const name = await study('rewrites', { budget: { trials: 1 }, lease: { seconds: 3 } })
    expect(await finished(service, name)).toMatchObject([{ state: 'complete', attempt: 1 }])
    expect(await service.summary(name)).toMatchObject({ lostAttempts: 0 })
    const { reports } = await service.show(name, 0)
    expect(reports.map(({ step }: { step: number }) => step)).toEqual([1, 2, 3, 4, 7])
  })

  it('sees no secret of the service', async () => {
    const name = await study('secrets', { budget: { trials: 1 } })
    expect(await finished(service, name)).toMatchObject([{ state: 'complete' }])
    const log = await readFile(join(dataDir, 'trials', await service.id(name), '0-1/log.head'), 'utf8')
    expect(log).toBe("loss: 1\n['CHIRON_JOB']\n")
  })
})

it('a canary is run beside the trials, and warns where the machine has become slower', async () => {
  const lines: string[] = []
  const place = await databases()[0]!.open()
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
  mkdirSync(join(place.dataDir!, 'canaries'), { recursive: true })
  const first = { at: new Date(0).toISOString(), devices: 'cpu-0', speed: 100, drift: 0 }
  writeFileSync(join(place.dataDir!, 'canaries/canary.json'), JSON.stringify([first]))
  writeFileSync(join(workshop.folder, 'slow'), '')
  const own = new TestService(place)
  const environment = {
    CHIRON_DATA_DIR: place.dataDir,
    CHIRON_TRAINERS: workshop.folder,
    CHIRON_CPU_SLOTS: '1',
  }
  own.running = await startService(readConfig(environment), logger)
  const name = await own.create({ space: LINE, trainer: 'canary', budget: { trials: 1 } })
  expect(await finished(own, name)).toMatchObject([{ number: 0, state: 'complete' }])
  const seen = JSON.parse(await readFile(join(place.dataDir!, 'canaries/canary.json'), 'utf8'))
  expect(seen).toMatchObject([first, { devices: 'cpu-0', speed: 90, drift: expect.closeTo(-0.1) }])
  const { body } = await own.get('/trainers/canary/canaries')
  expect(body).toMatchObject({ trainer: 'canary', warnAt: 0.05, runs: seen })
  expect((await own.get('/trainers/nowhere/canaries')).status).toBe(404)
  expect(lines.join()).toContain('the canary of canary runs 10.0 % slower than at first')
  await own.close()
})
