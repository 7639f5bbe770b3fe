/** Replayed models: the answer of the nearest recorded state, a state without one, and that everything says it is a replay. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { readRecordings } from '../../src/advisors/llm/replay.js'
import { comparison, untilEnded } from '../experiments/plans.js'
import { anEngine } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { type Body, TestService } from '../service/service.js'

const folder = mkdtempSync(join(tmpdir(), 'replays-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const fileOf = (file: unknown): string => {
  const path = join(folder, `${Math.random()}.json`)
  writeFileSync(path, typeof file === 'string' ? file : JSON.stringify(file))
  return path
}

const SPACE = { parameters: { x: { type: 'float', low: 0, high: 10, default: 5 } } }
const recorded = (round: number, incumbent: number | null, x: number, more: object = {}) => ({
  question: 'configuration',
  round,
  incumbent: incumbent === null ? null : { x: incumbent },
  answer: { params: { x }, reasoning: `said at ${incumbent}` },
  ...more,
})
const RECORDINGS = {
  near: {
    source: 'a test of 2026-11-27',
    answers: [
      recorded(1, 1, 1.5),
      recorded(1, 5, 5.5),
      recorded(4, 5, 5.75),
      recorded(1, null, 9),
      recorded(1, 9, 8.5, { answer: 'I think {"params": {"x": 8.5}} is best' }),
    ],
  },
  far: { source: 'a test', within: 0.1, answers: [recorded(1, 9, 3)] },
  beliefs: { source: 'a test', answers: [recorded(1, 5, 3, { question: 'beliefs' })] },
}

describe('a replayed model', () => {
  let service: TestService
  beforeAll(async () => {
    const llm = { replays: fileOf({ recordings: RECORDINGS }) }
    service = await new TestService(await anEngine().open(), { llm, reapMs: 50 }).start()
  })
  afterAll(() => service.close())

  const created = (model: string, advisor: object = {}) =>
    service.create({
      space: SPACE,
      method: {
        optimizer: { kind: 'random' },
        preflight: 'off',
        advisor: { kind: 'llm', model, ratio: 1, warmup: 1, ...advisor },
      },
      budget: { trials: 20, llmUsd: 1 },
    })
  const advised = async (study: string): Promise<Body> =>
    (await service.post(`/studies/${study}/ask`, { worker: 'w', wait: 20 })).body.trials[0]
  const callsOf = async (study: string): Promise<Body[]> =>
    (await service.get(`/studies/${study}/llm-calls`)).body.calls

  it('answers as it was recorded in the nearest state, and every answer says so', async () => {
    const study = await created('replay:near')
    await service.run(study, 4) // the default, 5
    const first = await advised(study)
    expect(first).toMatchObject({ params: { x: 5.5 }, proposal: { source: 'llm' } })
    expect(first.proposal.note).toBe('replayed from near, answer 1 at a distance of 0.000: said at 5')
    await service.tell(study, first, { outcome: 'complete', value: 6 })
    const [call] = await callsOf(study)
    expect(call).toMatchObject({ provider: 'replay', model: 'near', outcome: 'answered', dollars: 0 })
    expect(call.request).toEqual({
      replay: 'near',
      source: 'a test of 2026-11-27',
      question: 'configuration',
      round: 1,
      incumbent: { x: 5 },
      nearest: { answer: 1, distance: 0 },
    })
    expect(call.thinking).toContain('replayed from near')
    const { advisor } = await service.summary(study)
    expect(advisor.warnings).toEqual([expect.stringContaining('its model is a replay')])
    expect(await unsound(service.running.database, study, service.running.queues)).toEqual([])
  })

  test.each([
    [4, 'x', 5, 5.75, 'a later round'],
    [1, 'x', 8.6, 8.5, 'another incumbent, whose answer is a text'],
  ])('goes by the round and the incumbent: %d, %s = %d', async (round, name, incumbent, x) => {
    const study = await service.create({
      space: { parameters: { x: { ...SPACE.parameters.x, default: incumbent } } },
      method: {
        optimizer: { kind: 'random' },
        preflight: 'off',
        advisor: { kind: 'llm', model: 'replay:near', ratio: 1, warmup: round },
      },
    })
    for (let i = 0; i < round; i++) await service.run(study, 4 + i)
    expect((await advised(study)).params[name]).toBe(x)
  })

  test.each([
    ['replay:far', /no answer near this state: the nearest, 0, is 0\.200 away, and `within` is 0\.1/],
    ['replay:beliefs', /the recording beliefs has no answer to a question for configuration/],
  ])('falls back as the policy says where %s has no match', async (model, note) => {
    const study = await created(model)
    await service.run(study, 4)
    expect((await advised(study)).proposal).toMatchObject({
      source: 'random',
      reason: 'rejected',
      note: expect.stringMatching(note),
    })
    expect(await callsOf(study)).toMatchObject([
      { outcome: 'rejected', message: expect.stringMatching(note) },
    ])
    const skipping = await created(model, { onFailure: 'pause' })
    await service.run(skipping, 4)
    await service.post(`/studies/${skipping}/ask`, { worker: 'w', wait: 2 })
    expect((await service.get(`/studies/${skipping}`)).body).toMatchObject({ state: 'paused' })
  })

  it('is named as a replay in the analysis of an experiment', async () => {
    const advisor = { kind: 'llm', model: 'replay:near', ratio: 1, warmup: 1 }
    const arms = [
      { name: 'random', method: 'random' },
      { name: 'replayed', method: { optimizer: { kind: 'random' }, advisor } },
    ]
    const plan = comparison('with-replay', { arms, seeds: 1 })
    expect((await service.post('/experiments', plan)).status).toBe(201)
    await untilEnded(service, 'with-replay')
    const { notes } = (await service.get('/experiments/with-replay/analysis')).body
    expect(notes).toContainEqual(expect.stringMatching(/^The model of replayed is a replay, replay:near: /))
  })

  it('is refused where there is no recording of its name, and a file by its place', async () => {
    const { status, body } = await service.post('/studies', {
      name: 'none',
      space: SPACE,
      method: { optimizer: { kind: 'random' }, advisor: { kind: 'llm', model: 'replay:other' } },
    })
    expect(status).toBe(400)
    expect(body.detail).toContain(
      'this service has no recording of that name: add a recording other to the file of CHIRON_REPLAYS (it has near, far, beliefs)',
    )
    const refused = (recordings: unknown) => readRecordings(fileOf({ recordings }))
    await expect(refused({ a: { answers: [] } })).rejects.toThrow(
      /recordings\.a\.source: .*recordings\.a\.answers/,
    )
    await expect(
      refused({ a: { source: 's', answers: [recorded(1, 1, 1, { question: 'scores' })] } }),
    ).rejects.toThrow('recordings.a.answers.0.question')
    await expect(readRecordings(fileOf('{'))).rejects.toThrow(/CHIRON_REPLAYS .*JSON.*docs\/endpoints\.md/)
  })
})
