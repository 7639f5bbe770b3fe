/**
 * Whole runs of studies, entered by the front door and held to what they were when they were recorded, trial by trial: the
 * same seed gives the same run, whatever is moved or rewritten beneath. A change that means to alter runs records them anew
 * and says so: RECORD_GOLDEN_RUNS=1 npx vitest run test/golden-runs
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { optimizerKinds, optimizerNamed } from '../../optimizers/index.js'
import { stream } from '../../optimizers/rng.js'
import { paramsKey } from '../../search-spaces/index.js'
import { StandIn } from '../advisors/stand-in.js'
import { scriptedStudy } from '../optimizers/scripted-study.js'
import { everySpace } from '../optimizers/spaces.js'
import { anEngine } from '../postgres.js'
import { type Body, type Leased, TestService } from '../service/service.js'
import { type GoldenStudy, goldenStudies, modelSays } from './studies.js'

const RECORD = process.env.RECORD_GOLDEN_RUNS === '1'
const runsFile = fileURLToPath(new URL('golden/runs.json', import.meta.url))
const searchesFile = fileURLToPath(new URL('golden/searches.json', import.meta.url))
const recordedRuns: Record<string, string[]> = JSON.parse(readFileSync(runsFile, 'utf8'))
const recordedSearches: Record<string, string> = JSON.parse(readFileSync(searchesFile, 'utf8'))

/** One engine: a run does not depend on where it is stored, which other tests hold. */
const engine = anEngine()

describe('a run is what it was', () => {
  let model: StandIn
  let service: TestService
  const runs: Record<string, string[]> = {}

  beforeAll(async () => {
    model = await StandIn.open('hangs')
    service = await new TestService(await engine.open(), { llm: model.llm, reapMs: 600_000 }).start()
  })
  afterAll(async () => {
    await service.close()
    await model.close()
    if (RECORD) record(runsFile, Object.keys(goldenStudies), runs, recordedRuns)
  })

  it.each(Object.entries(goldenStudies))('%s', { timeout: 120_000 }, async (name, study) => {
    runs[name] = await run(study)
    if (!RECORD) expect(runs[name]).toEqual(recordedRuns[name])
  })

  it('and every recorded one is run', () => {
    if (!RECORD) expect(Object.keys(runs)).toEqual(Object.keys(recordedRuns))
  })

  async function run(study: GoldenStudy): Promise<string[]> {
    let asked = 0
    model.behaves({
      says: ({ body }) =>
        modelSays(asked++, JSON.stringify(body.response_format ?? {}).includes('"beliefs"')),
    })
    const name = await service.create(study.spec)
    for (const params of study.queued ?? [])
      expect((await service.post(`/studies/${name}/trials`, { params })).status).toBe(201)
    const rng = stream(1, 0x601d)
    const running: Leased[] = []
    for (let told = 0; told < study.trials; ) {
      if (told === study.restartAfter) await service.restart()
      while (running.length < study.workers) {
        const trial = await ask(name, `w${told}-${running.length}`, study)
        if (trial === undefined) break
        running.push(trial)
      }
      const [trial] = running.splice(rng.below(running.length), 1)
      if (trial === undefined) break
      await finish(name, trial, study)
      told++
    }
    return rows(name)
  }

  async function ask(
    name: string,
    worker: string,
    { model: advised }: GoldenStudy,
  ): Promise<Leased | undefined> {
    const { trials } = (await service.post(`/studies/${name}/ask`, { worker, wait: advised ? 30 : 0 })).body
    while (advised && (await isAskedForBeliefs(name))) await sleep(5)
    return trials[0]
  }

  async function isAskedForBeliefs(name: string): Promise<boolean> {
    const { beliefs } = (await service.get(`/studies/${name}/beliefs`)).body
    return beliefs.some(({ state }: Body) => state === 'asking')
  }

  async function finish(name: string, trial: Leased, { spec, measure }: GoldenStudy): Promise<void> {
    const { told, reports } = measure(trial.number, trial.params)
    const { token } = trial.lease
    for (const [i, value] of (spec.pruning ? reports : []).entries()) {
      const url = `/studies/${name}/trials/${trial.number}/report`
      const { decision } = (await service.post(url, { token, step: i + 1, value })).body
      if (decision !== 'stop') continue
      await service.tell(name, trial, { outcome: 'pruned', value, trainSeconds: i + 1 })
      return
    }
    expect((await service.tell(name, trial, { ...told })).status).toBe(200)
  }

  /** A line a trial: number, state, source, why, value, and a digest of its parameters; last, what the optimizer recommends. */
  async function rows(name: string): Promise<string[]> {
    const { trials } = (await service.get(`/studies/${name}/trials?limit=1000`)).body
    const { recommended } = await service.summary(name)
    const lines = trials.map(({ number, state, proposal, value, params }: Body) =>
      [number, state, proposal.source, proposal.reason ?? '-', value ?? '-', digest(params)].join(' '),
    )
    return recommended === undefined
      ? lines
      : [...lines, `recommended ${recommended.number} ${recommended.mean} ${recommended.sd}`]
  }
})

describe('a search without a service is what it was', () => {
  const searches: Record<string, string> = {}
  const cases = optimizerKinds().flatMap(({ kind }) =>
    Object.keys(everySpace).map((space) => [kind, space] as const),
  )

  afterAll(() => {
    if (RECORD) record(searchesFile, cases.map(caseName), searches, recordedSearches)
  })

  it.each(cases)('%s over %s', { timeout: 120_000 }, (kind, space) => {
    const optimizer = optimizerNamed(kind)!
    const asked: unknown[] = []
    const study = scriptedStudy(optimizer, everySpace[space]!, optimizer.options({}), 3, 40)
    for (const turn of study) asked.push(turn.asked.map(({ params }) => paramsKey(params)))
    const name = caseName([kind, space])
    searches[name] = createHash('sha256').update(JSON.stringify(asked)).digest('hex')
    if (!RECORD) expect(searches[name]).toBe(recordedSearches[name])
  })
})

function caseName([kind, space]: readonly [string, string]): string {
  return `${kind} over ${space}`
}

/** What was left out (`-t`) stays as it was. */
function record<T>(
  file: string,
  names: readonly string[],
  ran: Readonly<Record<string, T>>,
  before: Readonly<Record<string, T>>,
): void {
  const all = Object.fromEntries(names.map((name) => [name, ran[name] ?? before[name]]))
  writeFileSync(file, `${JSON.stringify(all, null, 1)}\n`)
}

function digest(params: Leased['params']): string {
  return createHash('sha256').update(paramsKey(params)).digest('hex').slice(0, 10)
}
