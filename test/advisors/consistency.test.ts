/**
 * Runs studies with random scripts of model behaviour, workers and limits, and checks that the trials, the counters, the
 * log, the search and the dollars agree afterwards.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unsound } from '../service/invariants.js'
import type { Body } from '../service/service.js'
import { describeStaged } from './stage.js'
import type { Behaviour } from './stand-in.js'

const TRIALS = 12

const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.double({ min: -8, max: 12, noNaN: true }).map((x) => ({ says: `{"x": ${x}}` })),
  },
  { weight: 1, arbitrary: fc.constant({ says: '{"x": 1}' }) },
  {
    weight: 2,
    arbitrary: fc
      .double({ min: -8, max: 12, noNaN: true })
      .map((x) => ({ says: `{"beliefs": {"x": {"centre": ${x}, "spread": 1, "confidence": 0.5}}}` })),
  },
  fc.constantFrom<Behaviour>(
    { says: '{"x": "wide"}' },
    { says: 'no idea' },
    { says: '{"x": 2, "reasoning": "\\u0000 \\ud800"}' },
    { says: 'nothing \0 that \ud800 can be stored' },
    { stops: 'refusal' },
    { stops: 'truncated', says: '{' },
    { status: 429, retryAfter: 0 },
    { status: 529 },
    { status: 400 },
    'cuts',
    'babbles',
    'hangs',
  ),
)

const script = fc.record({
  behaviours: fc.array(behaviour, { minLength: 1, maxLength: 30 }),
  model: fc.constantFrom('anthropic:claude-opus-4-6', 'openai-compatible:m'),
  method: fc.constantFrom(
    { optimizer: 'random', as: 'override' },
    { optimizer: 'cma-es', as: 'override' },
    { optimizer: 'gp', as: 'prior' },
    { optimizer: 'gp', as: 'both' },
  ),
  every: fc.integer({ min: 1, max: 6 }),
  ratio: fc.constantFrom(0.3, 0.5, 1),
  onFailure: fc.constantFrom('optimizer', 'skip', 'pause'),
  maxCalls: fc.integer({ min: 1, max: 3 }),
  llmCalls: fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined }),
  workers: fc.integer({ min: 1, max: 4 }),
})

describeStaged('a study with a model that behaves at random', (stage) => {
  test('stays consistent', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        script,
        async ({ behaviours, workers, method: { optimizer, as }, llmCalls, ...advisor }) => {
          stage.model.behaves(...behaviours, { status: 500 })
          const before = stage.model.received.length
          const study = await stage.service.create({
            method: {
              optimizer: { kind: optimizer },
              advisor: { kind: 'llm', as, warmup: 2, deadlineSeconds: 0.3, ...advisor },
            },
            budget: { trials: TRIALS, llmCalls },
          })
          await Promise.all(Array.from({ length: workers }, (_, i) => work(study, `w${i}`)))
          await untilNobodyIsAsked(study)
          const { trials, budget, advisor: advice } = await stage.service.summary(study)
          expect(trials).toMatchObject({ proposing: 0, ready: 0, running: 0 })
          expect(trials.complete + trials.failed + trials.cancelled).toBe(TRIALS)
          expect(budget.trialsUsed).toBe(TRIALS)
          const ratio = as === 'prior' ? 0 : advisor.ratio
          expect(advice.turns).toBe(Math.floor((TRIALS - 2) * ratio + 1e-9))
          const decided = Object.values<number>(advice.fallbacks).reduce((sum, n) => sum + n, advice.taken)
          expect(decided).toBe(advice.turns)
          // A call may run out of time before it has reached the server.
          expect(advice.calls).toBeGreaterThanOrEqual(stage.model.received.length - before)
          expect(advice.calls).toBeLessThanOrEqual(llmCalls ?? Number.POSITIVE_INFINITY)
          expect(await unsound(stage.service.running.database, study, stage.service.running.queues)).toEqual(
            [],
          )
        },
      ),
      { numRuns: 16 },
    )
  })

  /** What is asked when the study ends is heard all the same. */
  async function untilNobodyIsAsked(study: string): Promise<void> {
    const id = await stage.service.id(study)
    for (;;) {
      const asked = await stage.service.running.database.query(
        `select 1 from inquiries where study_id = $1 and state = 'asking' and adviser is not null and adviser_until > now()`,
        [id],
      )
      if (asked.length === 0) return
      await sleep(20)
    }
  }

  /** Until the study is finished; where its advisor has paused it, somebody sees to that. */
  async function work(study: string, worker: string): Promise<void> {
    for (;;) {
      const { trials, reason }: Body = (
        await stage.service.post(`/studies/${study}/ask`, { worker, wait: 1 })
      ).body
      if (trials.length === 0 && reason.code === 'finished') return
      if (reason?.code === 'paused') {
        stage.model.behaves({ says: () => `{"x": ${Math.sin(stage.model.received.length)}}` })
        await stage.service.patch(`/studies/${study}`, { state: 'active' })
      }
      for (const trial of trials) {
        const x = Number(trial.params.x)
        await stage.service.tell(
          study,
          trial,
          x > 9 ? { outcome: 'oom' } : { outcome: 'complete', value: x * x },
        )
      }
    }
  }
})
