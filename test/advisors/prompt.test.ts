import { describe, expect, it } from 'vitest'
import { openStudy, searcherOf } from '../../bench/centaur/study.js'
import { promptOf } from '../../src/advisors/llm/prompt.js'
import { consultationOn } from '../../src/trials/advised.js'
import { ask } from '../../src/trials/ask.js'
import { noWrites } from '../../src/trials/save.js'
import { evaluate, landscape } from '../../trainer/landscape/index.js'

const TRIALS = 80

/** After eighty trials of the simulated H200, failures among them, the advisor is asked. */
async function briefed(advisor: object = {}) {
  const live = openStudy({
    name: 's',
    space: 'autoresearch-14',
    objective: { metric: 'val_bpb', direction: 'minimize', noise: 0.0004 },
    budget: { trials: 300 },
    method: {
      optimizer: { kind: 'cma-es' },
      preflight: 'off',
      advisor: { kind: 'llm', model: 'anthropic:m', warmup: TRIALS, ratio: 1, ...advisor },
    },
  })
  const workers = searcherOf(live)
  for (let number = 0; number < TRIALS; number++) {
    const params = await workers.ask(number)
    const run = evaluate(landscape(), params, { seed: number })
    await workers.tell(number, {
      params,
      result:
        run.outcome === 'complete' ? { outcome: 'complete', value: run.valBpb } : { outcome: run.outcome },
      wallSeconds: run.totalSeconds,
      chargedSeconds: run.trainSeconds,
      peakMemoryMb: run.peakMemoryMb,
    })
  }
  ask('w', 1).play(live, noWrites())
  const { brief } = consultationOn(live, TRIALS)!
  return { brief, prompt: promptOf(brief)! }
}

const lines = (text: string, from: string) =>
  text.slice(text.indexOf(from)).split('\n\n')[1]!.split('\n').length - 1

describe('the prompt', () => {
  it('says where the search is, what it believes, what ran', async () => {
    const { brief, prompt } = await briefed()
    const { system, user, name } = prompt
    expect(name).toBe('repaired-1')
    expect(system).toContain('WINDOW_PATTERN: one of "SSSL"')
    expect(system).toContain('TOTAL_BATCH_SIZE % (DEVICE_BATCH_SIZE * 2048) == 0 must hold')
    expect(user).toContain(`The best value so far is ${Number(brief.history.best[0]!.value!.toPrecision(6))}`)
    expect(user).toContain('standard deviation of 0.0004')
    expect(user).toMatch(/Its step size is 0\.\d+ of the range, (growing|steady|shrinking)/)
    expect(user).toMatch(/- DEPTH: \d+ \(\d+ to \d+\)/)
    expect(user).toContain(`{"ASPECT_RATIO":${brief.own.ASPECT_RATIO},`)
    expect(user).toContain('219 of 300 trials are left')
    expect(lines(user, '# The best configurations')).toBe(10)
    expect(lines(user, '# The latest trials')).toBe(40)
    expect(lines(user, '# Failures')).toBe(Math.min(12, brief.history.failed.length))
    expect(user).toMatch(/^\d+,cma-es,oom,/m)
    expect(user).not.toContain('{{')
  })

  it('is cut until it is estimated to fit, the history alike, the rest whole', async () => {
    const { prompt: whole } = await briefed()
    const { prompt: tight } = await briefed({ contextTokens: 4000 })
    expect(whole.tokens).toBeGreaterThan(4000)
    expect(tight.tokens).toBeLessThanOrEqual(4000)
    expect(tight.system).toBe(whole.system)
    expect(tight.user).toContain('What it would run next')
    const kept = lines(tight.user, '# The latest trials')
    expect(kept).toBeGreaterThan(0)
    expect(kept).toBeLessThan(40)
    const { brief } = await briefed({ contextTokens: 2000 })
    expect(promptOf(brief)).toBeNull()
  })

  it('has a static part that a provider can cache: the same whatever has run', async () => {
    const { brief, prompt } = await briefed()
    const { best, ...rest } = brief.history
    const later = promptOf({ ...brief, number: 81, history: { ...rest, best: best.slice(1) } })!
    expect(later.system).toBe(prompt.system)
    expect(later.user).not.toBe(prompt.user)
  })

  it('of a view of the history shows nothing of what the optimizer believes', async () => {
    const { user } = (await briefed({ view: 'history' })).prompt
    expect(user).not.toMatch(/step size|What it would run next|What the optimizer believes/)
    expect(user).toContain('# The latest trials')
  })

  it('as the reference has it: five of the best, twenty of the latest, no mean', async () => {
    const { user, name } = (await briefed({ prompt: 'faithful' })).prompt
    expect(name).toBe('faithful-1')
    expect(lines(user, 'Best configurations')).toBe(5)
    expect(lines(user, 'Latest trials')).toBe(20)
    expect(user).not.toContain('one standard deviation to either side')
    expect(user.match(/^- \w+ and \w+: -?\d/gm)!.length).toBeGreaterThan(8)
  })
})
