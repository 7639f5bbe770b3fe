import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { creditOutcome, decideTurn, shareNow } from '../../src/advisors/advisor-share.js'
import { NO_ADVICE } from '../../src/domain/advice.js'
import { type AdvisorSpec, advisorSchema } from '../../src/domain/advisor.js'
import { anEngine } from '../postgres.js'
import { unsound } from '../service/invariants.js'
import { type TestService, useService } from '../service/service.js'

const RATIOS = [0, 0.1, 0.3, 0.5, 0.8, 1]

const advisor = (more: Record<string, unknown>): AdvisorSpec => advisorSchema.parse({ kind: 'copy', ...more })

/** Whose each trial after the warm-up is. */
function turns(spec: AdvisorSpec, trials: number): boolean[] {
  let state = NO_ADVICE.share
  return Array.from({ length: trials }, (_, k) => {
    const next = decideTurn(spec, spec.warmup + k, state)
    state = next.state
    return next.advisors
  })
}

const shareOf = (of: readonly boolean[]) => of.filter(Boolean).length

describe('a fixed share', () => {
  it.each(RATIOS)('of %d is exact over 1 000 trials', (ratio) => {
    expect(shareOf(turns(advisor({ ratio }), 1000))).toBe(Math.round(ratio * 1000))
  })

  it('is never off by a whole trial, for any ratio and any number of trials', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 300 }),
        (ratio, n) => {
          expect(Math.abs(shareOf(turns(advisor({ ratio }), n)) - ratio * n)).toBeLessThan(1 + 1e-6)
        },
      ),
    )
  })

  it('begins after the warm-up', () => {
    const spec = advisor({ ratio: 1, warmup: 7 })
    const first = [5, 6, 7, 8].map((proposed) => decideTurn(spec, proposed, NO_ADVICE.share).advisors)
    expect(first).toEqual([false, false, true, true])
  })
})

it('a share with an end has no turn after it', () => {
  const spec = advisor({ ratio: 1, warmup: 2, until: 5 })
  expect(turns(spec, 6)).toEqual([true, true, true, false, false, false])
})

describe('a share by intervals, as published', () => {
  it.each([
    [0.3, 1 / 3],
    [0.8, 1],
    [0.5, 0.5],
    [0.1, 0.1],
    [0, 0],
  ])('makes %d of the trials %d', (ratio, realised) => {
    expect(shareOf(turns(advisor({ ratio, policy: 'interval' }), 300))).toBe(300 * realised)
  })
})

describe('an adaptive share', () => {
  const spec = advisor({ policy: 'adaptive', ratio: 0.3, bounds: { low: 0.1, high: 0.7 } })

  it('begins at its ratio and grows for the side that improves the incumbent, within its bounds', () => {
    let state = NO_ADVICE.share
    expect(shareNow(spec, state)).toBeCloseTo(0.3)
    for (let i = 0; i < 300; i++)
      state = creditOutcome(creditOutcome(state, 'advisor', i % 5 === 0), 'optimizer', false)
    expect(shareNow(spec, state)).toBe(0.7)
    for (let i = 0; i < 300; i++)
      state = creditOutcome(creditOutcome(state, 'advisor', false), 'optimizer', i % 5 === 0)
    expect(shareNow(spec, state)).toBe(0.1)
  })

  it('gives as many turns as its share', () => {
    expect(shareOf(turns(spec, 1000))).toBeCloseTo(300, -1)
  })
})

const engine = anEngine()

describe(`shares of a study with 16 workers, on ${engine.name}`, () => {
  const service = useService(engine)

  test.each(RATIOS)('%d of 1 000 trials', { timeout: 300_000 }, async (ratio) => {
    const study = await service.create({
      method: { optimizer: { kind: 'random' }, advisor: { kind: 'jitter', ratio, warmup: 10 } },
      budget: { trials: 1010 },
    })
    await Promise.all(Array.from({ length: 16 }, (_, worker) => work(service, study, `w${worker}`)))
    const { advisor } = await service.summary(study)
    expect(advisor).toMatchObject({ kind: 'jitter', target: ratio, turns: Math.round(ratio * 1000) })
    expect(advisor.realised).toBe(ratio)
    expect(await unsound(service.running.database, study, service.running.queues)).toEqual([])
  })
})

/** Until the budget is spent: values fall with x, and some trials fail. */
async function work(service: TestService, study: string, worker: string): Promise<void> {
  for (;;) {
    const [trial] = await service.ask(study, worker)
    if (trial === undefined) return
    const x = Number(trial.params.x)
    await service.tell(study, trial, x > 9 ? { outcome: 'oom' } : { outcome: 'complete', value: x * x })
  }
}
