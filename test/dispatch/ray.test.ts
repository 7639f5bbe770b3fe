/**
 * Trials on a real Ray: found again, run again where their node was lost, ended where they are cancelled or too long.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { rayEngine } from '../../src/dispatch/engines/ray.js'
import { type JobExit, JobFolder, type TrialRecord } from '../../src/dispatch/jobs/job-folder.js'
import { databases, type TestDatabase } from '../postgres.js'
import { makeReady, ServerProcess } from '../service/server-process.js'
import type { Body } from '../service/service.js'
import { environment } from '../trainer/environment.js'
import { RayCluster } from './ray-cluster.js'
import { processesWith, Workshop } from './workshop.js'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 900_000 })

/** Leaves no value, but its parameter and its limit of memory, for a scorer that says where it was started. */
const SCORED = `import json, resource
left = {"x": json.load(open("params.json"))["x"], "bytes": resource.getrlimit(resource.RLIMIT_AS)[0]}
json.dump(left, open("left.json", "w"))
`
const SCORER = `import importlib.util, json, os, sys
left = json.load(open(os.environ["CHIRON_WORK"] + "/left.json"))
judging = importlib.util.find_spec("judging") is not None
metrics = {"bytes": left["bytes"], "place": os.path.basename(os.getcwd()), "judging": judging}
json.dump({"outcome": "complete", "value": left["x"], "metrics": metrics}, open(sys.argv[1], "w"))
`

const found = await environment('ray', 'test/dispatch/ray-requirements.txt')

describe.skipIf('lacks' in found)('on a Ray cluster', () => {
  const workshop = new Workshop()
  const space = { parameters: { x: { type: 'float', low: 0, high: 1 } } }
  let cluster: RayCluster
  let place: TestDatabase
  let server: ServerProcess
  let url: string

  beforeAll(async () => {
    makeReady()
    const begin = (name: string) =>
      `import json, os, time\nx = json.load(open("params.json"))["x"]\nopen("${workshop.folder}/${name}", "a").write(f"{x}\\n")\n`
    const end = '\njson.dump({"value": x, "trainSeconds": 1}, open("result.json", "w"))\n'
    const waits = (name: string) =>
      `while not os.path.exists("${workshop.folder}/${name}-go"): time.sleep(0.1)`
    workshop.script('quick.py', `${begin('quick')}print("no hurry")${end}`)
    for (const name of ['killed', 'lost', 'cancelled'])
      workshop.script(`${name}.py`, begin(name) + waits(name) + end)
    workshop.script('hangs.py', `${begin('hangs')}print("for ever", flush=True)\ntime.sleep(600)`)
    for (const name of ['quick', 'killed', 'lost', 'cancelled', 'hangs'])
      workshop.profile(name, {
        engine: 'ray',
        files: [`${name}.py`],
        command: ['python3', `${name}.py`],
        graceSeconds: name === 'hangs' ? 3 : 120,
      })
    workshop.script('scored.py', SCORED)
    workshop.script('score.py', SCORER)
    workshop.profile('scored', {
      engine: 'ray',
      files: ['scored.py'],
      command: ['python3', 'scored.py'],
      scorer: ['python3', '{home}/score.py', '{out}'],
      memoryLimitGb: 3,
    })
    place = await databases()[0]!.open()
    if ('python' in found) cluster = await RayCluster.start(found.python, 4)
    await serve()
  })
  afterAll(async () => {
    await server.kill()
    await cluster.stop()
    await place.close()
    workshop.remove()
  })

  async function serve(): Promise<void> {
    server = ServerProcess.run({
      PORT: '0',
      CHIRON_DATA_DIR: place.dataDir,
      CHIRON_TRAINERS: workshop.folder,
      CHIRON_REAP_MS: '50',
      RAY_ADDRESS: cluster.address,
    })
    url = await server.listening()
  }

  async function call(path: string, body?: unknown): Promise<Body> {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }
    return (await fetch(`${url}${path}`, body === undefined ? {} : init)).json()
  }
  const until = (check: () => unknown) => vi.waitFor(check, { timeout: 100_000, interval: 200 })
  const create = (trainer: string, trials: number) =>
    call('/studies', {
      name: trainer,
      space,
      trainer,
      method: 'random',
      parallel: 4,
      budget: { trials },
      lease: { seconds: 20 },
    })
  const begun = (name: string) => {
    try {
      return readFileSync(join(workshop.folder, name), 'utf8').trimEnd().split('\n')
    } catch {
      return []
    }
  }
  async function go(name: string): Promise<Body[]> {
    writeFileSync(join(workshop.folder, `${name}-go`), '')
    await until(async () =>
      expect(await call(`/studies/${name}`)).toMatchObject({
        state: 'finished',
        trials: { running: 0, ready: 0 },
      }),
    )
    return (await call(`/studies/${name}/trials`)).trials
  }

  it('twenty trials run, four at a time, each once', async () => {
    await create('quick', 20)
    const trials = await go('quick')
    for (const trial of trials)
      expect(trial).toMatchObject({
        state: 'complete',
        attempt: 1,
        value: trial.params.x,
        metrics: { engine: 'ray' },
      })
    expect(new Set(begun('quick')).size).toBe(20)
    expect(begun('quick')).toHaveLength(20)
  })

  it('a server that is killed finds its jobs again by their names', async () => {
    await create('killed', 4)
    await until(() => expect(begun('killed')).toHaveLength(4))
    await server.kill('SIGKILL')
    await serve()
    const trials = await go('killed')
    expect(trials.map(({ state, attempt }) => [state, attempt])).toEqual(Array(4).fill(['complete', 1]))
    expect(begun('killed')).toHaveLength(4)
  })

  it('a job whose worker is killed runs again, and is no failure', async () => {
    await create('lost', 1)
    await until(() => expect(begun('lost')).toHaveLength(1))
    const workers = await cluster.supervisors()
    expect(workers.length).toBeGreaterThan(0)
    for (const pid of workers) process.kill(pid, 'SIGKILL')
    await until(() => expect(begun('lost')).toHaveLength(2))
    expect(new Set(begun('lost')).size).toBe(1)
    expect(await go('lost')).toMatchObject([{ state: 'complete', attempt: 1 }])
  })

  it('a cancelled trial’s job is stopped, and its processes end', async () => {
    const { id } = await create('cancelled', 1)
    await until(() => expect(begun('cancelled')).toHaveLength(1))
    const processes = () => processesWith(join(place.dataDir!, 'trials', id, '0-1'))
    expect(await processes()).not.toEqual([])
    await call('/studies/cancelled/trials/0/cancel', {})
    await until(async () =>
      expect(await cluster.job(`chiron-${id}-0-1`)).toMatchObject({ status: 'STOPPED' }),
    )
    await until(async () => expect(await processes()).toEqual([]))
    expect(await readdir(join(place.dataDir!, 'trials', id, '0-1'))).not.toContain('exit.json')
  })

  it('a trial that takes too long is ended on its node', async () => {
    await create('hangs', 1)
    const [trial] = await go('hangs')
    expect(trial).toMatchObject({ failure: 'timeout', message: expect.stringContaining('for ever') })
  })

  it('a scorer judges it in a folder and an environment of its own, and memory is limited', async () => {
    await create('scored', 2)
    for (const trial of await go('scored'))
      expect(trial).toMatchObject({
        state: 'complete',
        value: trial.params.x,
        metrics: { bytes: 3 * 2 ** 30, place: 'scoring', judging: true },
      })
  })

  it('the time of an edited program counts from its mark, also where it takes no SIGTERM', async () => {
    const folder = new JobFolder(join(workshop.folder, 'marked'))
    await folder.make()
    const command = ['sh', '-c', 'trap "" TERM; sleep 2; touch begun; sleep 200']
    const stage = { name: 'train', command, limitSeconds: 200, begunSeconds: 2 }
    await folder.write('job.json', { stages: [stage], environment: {}, stopSeconds: 1, logBytes: 1e6 })
    const profile = { devices: { kind: 'cpu', perTrial: 1 } }
    const trial = { study: 'marked', number: 0, attempt: 1, profile } as TrialRecord
    await rayEngine(cluster.address).start(folder, trial)
    await until(() => expect(folder.has('exit.json')).toBe(true))
    const exit = await folder.read<JobExit>('exit.json')
    expect(exit).toMatchObject({ stage: 'train', ended: 'timeout' })
    expect(exit!.seconds.train).toBeGreaterThanOrEqual(4)
  })
})
