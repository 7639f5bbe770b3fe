/** The commands, as processes: a worker that pulls trials from a service, and the doctor. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { fromRoot } from '../../src/root.js'
import { databases } from '../postgres.js'
import { makeReady } from '../service/server-process.js'
import { TestService } from '../service/service.js'
import { finished, processesWith, Workshop } from './workshop.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 })

let workshop: Workshop
let service: TestService
let dataDir: string
const started: ChildProcess[] = []

beforeAll(makeReady)
beforeEach(async () => {
  workshop = new Workshop()
  dataDir = await mkdtemp(join(tmpdir(), 'chiron-worker-'))
  service = await new TestService(await databases()[0]!.open(), { reapMs: 50 }).start()
  await service.listen()
})
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  for (const pid of await processesWith(dataDir)) process.kill(pid, 'SIGKILL')
  await service.close()
  workshop.remove()
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
})

function chiron(...words: string[]) {
  const env = {
    PATH: process.env.PATH,
    CHIRON_DATA_DIR: dataDir,
    CHIRON_TRAINERS: workshop.folder,
    CHIRON_CPU_SLOTS: '2',
  }
  const child = spawn(process.execPath, [fromRoot('bin/chiron.mjs'), ...words], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  let said = ''
  child.stdout.on('data', (chunk) => (said += chunk))
  child.stderr.on('data', (chunk) => (said += chunk))
  const ended = once(child, 'close').then(([code]) => ({ code, said }))
  return { child, ended }
}

const worker = (study: string, ...more: string[]) =>
  chiron('worker', '--server', service.url, '--study', study, '--trainer', 'waits', ...more)

function waitingTrainer(): void {
  workshop.script(
    'train.py',
    `import json, os, time
open("${workshop.folder}/begun", "a").write("x\\n")
while not os.path.exists("${workshop.folder}/go"): time.sleep(0.05)
json.dump({"value": json.load(open("params.json"))["x"]}, open("result.json", "w"))`,
  )
  workshop.profile('waits')
}
const space = { parameters: { x: { type: 'float', low: 0, high: 1 } } }

describe('chiron worker', () => {
  it('runs the trials of a service elsewhere, and ends when the study does', async () => {
    waitingTrainer()
    writeFileSync(join(workshop.folder, 'go'), '')
    const study = await service.create({ space, budget: { trials: 4 } })
    const { ended } = worker(study)
    const trials = await finished(service, study)
    for (const trial of trials)
      expect(trial).toMatchObject({ state: 'complete', value: trial.params.x, attempt: 1 })
    expect(await ended).toMatchObject({ code: 0 })
  })

  it('that is killed finds its trials again, and begins none twice', async () => {
    waitingTrainer()
    const study = await service.create({ space, budget: { trials: 2 }, lease: { seconds: 60 } })
    const first = worker(study)
    await vi.waitFor(async () => expect(await processesWith(join(dataDir, 'worker'))).toHaveLength(4), {
      timeout: 60_000,
    })
    first.child.kill('SIGKILL')
    await first.ended
    const second = worker(study)
    writeFileSync(join(workshop.folder, 'go'), '')
    expect(await finished(service, study)).toMatchObject(Array(2).fill({ state: 'complete', attempt: 1 }))
    expect(await second.ended).toMatchObject({ code: 0 })
  })

  it('returns a trial that its machine cannot run, and goes on once it can', async () => {
    waitingTrainer()
    writeFileSync(join(workshop.folder, 'go'), '')
    const [python, gone] = ['python', 'gone'].map((name) => join(workshop.folder, name)) as [string, string]
    symlinkSync(execFileSync('which', ['python3']).toString().trim(), python)
    workshop.profile('waits', { command: ['./python', 'train.py'] })
    const study = await service.create({
      space,
      budget: { trials: 2 },
      lease: { seconds: 60, maxAttempts: 1 },
    })
    await service.patch(`/studies/${study}`, { state: 'paused' })
    const { ended } = worker(study, '--slots', '1')
    await vi.waitFor(() => expect(existsSync(join(dataDir, 'worker', 'trials'))).toBe(true), {
      timeout: 60_000,
    })
    renameSync(python, gone)
    await service.patch(`/studies/${study}`, { state: 'active' })
    const returned = async () => (await service.log(study)).find(({ kind }) => kind === 'returned')
    await vi.waitFor(async () => expect(await returned()).toBeDefined(), { timeout: 60_000 })
    expect((await returned())!.data.reason).toContain('python is not there')
    expect((await service.get(`/studies/${study}`)).body.state).toBe('active')
    renameSync(gone, python)
    expect(await finished(service, study)).toMatchObject(Array(2).fill({ state: 'complete' }))
    expect(await ended).toMatchObject({ code: 0 })
  })

  it('says in a line what it cannot do', async () => {
    waitingTrainer()
    const study = await service.create({ space })
    expect(await worker('nothing').ended).toMatchObject({
      code: 1,
      said: 'chiron: There is no study "nothing"\n',
    })
    expect(await worker(study, '--slots', '9').ended).toMatchObject({
      code: 1,
      said: 'chiron: --slots 9: this machine has 1 to 2\n',
    })
    const nowhere = chiron('worker', '--server', 'http://127.0.0.1:1', '--study', study, '--trainer', 'waits')
    expect(await nowhere.ended).toMatchObject({
      code: 1,
      said: expect.stringMatching(
        /^chiron: Nothing answers at http:\/\/127\.0\.0\.1:1: is the service running there\? \(.*\)\n$/,
      ),
    })
    const other = chiron('worker', '--study', study, '--trainer', 'simulated-h200')
    expect(await other.ended).toMatchObject({
      code: 1,
      said: expect.stringContaining('no such profile of a command'),
    })
  })
})

describe('chiron doctor', () => {
  it('checks everything, and succeeds where nothing is wrong', async () => {
    const { code, said } = await chiron('doctor').ended
    for (const what of ['Node', 'database', 'memory', 'Python', 'gpt-cpu', 'Ray', 'ANTHROPIC_API_KEY'])
      expect(said).toContain(what)
    expect(said).toContain('run: chiron prepare gpt-cpu')
    expect(code).toBe(0)
    expect(existsSync(join(dataDir, 'trials'))).toBe(false)
  })

  it('is not where a profile of the operator cannot run', async () => {
    workshop.profile('mine', { command: ['./nothing'] })
    const { code, said } = await chiron('doctor').ended
    expect(said).toMatch(/✗ mine +files: .*train\.py is not there/)
    expect(code).toBe(1)
  })
})
