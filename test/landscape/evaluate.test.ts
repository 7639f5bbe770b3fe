import { describe, expect, it } from 'vitest'
import { stream } from '../../optimizers/rng.js'
import type { Params } from '../../search-spaces/index.js'
import { evaluate, landscape, type Run, truth } from '../../trainer/landscape/index.js'
import { anywhere, baseline, near } from './configurations.js'

type Complete = Extract<Run, { outcome: 'complete' }>

function complete(params: Params, seed: number): Complete {
  const run = evaluate(landscape(), params, { seed })
  if (run.outcome !== 'complete') throw new Error(run.message)
  return run
}

describe('the simulated H200', () => {
  it('gives the baseline what the card gave it', () => {
    expect(Math.abs(truth(landscape(), baseline) - 0.9914)).toBeLessThan(0.0007)
    const run = complete(baseline, 1)
    expect(Math.abs(run.peakMemoryMb / 1024 - 44.0)).toBeLessThan(0.15)
    expect(Math.abs(run.tokensPerSecond / 1.75e6 - 1)).toBeLessThan(0.05)
    expect(Math.abs(run.numSteps / 1013 - 1)).toBeLessThan(0.05)
    expect(run.trainSeconds).toBe(300)
    expect(run.totalSeconds).toBeGreaterThan(310)
  })

  it('runs out of memory where the card did, and charges the time its process lived', () => {
    const run = evaluate(landscape(), { ...baseline, DEPTH: 20 }, { seed: 1 })
    expect(run).toMatchObject({
      outcome: 'oom',
      message: expect.stringMatching(/CUDA out of memory.* 76 GiB/),
    })
    expect(run.trainSeconds).toBeGreaterThan(14)
    expect(run.trainSeconds).toBeLessThan(60)
    expect(run.totalSeconds).toBe(run.trainSeconds)
  })

  it('dies at the assertion where micro-batches do not fill the batch, as the trainer does', () => {
    const run = evaluate(landscape(), { ...baseline, TOTAL_BATCH_SIZE: 131072 }, { seed: 1 })
    expect(run).toMatchObject({ outcome: 'invalid', message: expect.stringContaining('2048 = 262144') })
    expect(run.trainSeconds).toBeLessThan(10)
  })

  it('simulates other cards by their memory', () => {
    const share = (memoryLimitGb: number) =>
      anywhere(600, 7).filter((p) => evaluate(landscape(), p, { seed: 1, memoryLimitGb }).outcome === 'oom')
        .length / 600
    expect(share(76)).toBeGreaterThan(0.5)
    expect(share(76)).toBeLessThan(0.65)
    expect(share(24)).toBeGreaterThan(share(76) + 0.15)
    expect(share(140)).toBeLessThan(share(76) - 0.1)
    expect(evaluate(landscape(), baseline, { seed: 1, memoryLimitGb: 24 }).outcome).toBe('oom')
  })
})

describe('noise', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(complete(baseline, 5)).toEqual(complete(baseline, 5))
    expect(complete(baseline, 5).valBpb).not.toBe(complete(baseline, 6).valBpb)
    expect(complete(baseline, 5).valBpb).not.toBe(complete(baseline, 5 + 2 ** 32).valBpb)
  })

  it('spreads a repeated baseline as the card did, around the truth', () => {
    const values = Array.from({ length: 4000 }, (_, seed) => complete(baseline, seed).valBpb)
    expect(Math.abs(mean(values) - truth(landscape(), baseline))).toBeLessThan(5e-5)
    expect(deviation(values)).toBeGreaterThan(0.0003)
    expect(deviation(values)).toBeLessThan(0.0008)
  })

  it('makes a slower card worse: its steps are fewer', () => {
    const runs = Array.from({ length: 4000 }, (_, seed) => complete(baseline, seed))
    const r = correlation(
      runs.map((run) => run.numSteps),
      runs.map((run) => run.valBpb),
    )
    expect(r).toBeLessThan(-0.4)
    expect(r).toBeGreaterThan(-0.95)
  })

  it('is unrelated between neighbouring seeds', () => {
    const values = Array.from({ length: 4001 }, (_, seed) => complete(baseline, seed).valBpb)
    expect(Math.abs(correlation(values.slice(1), values.slice(0, -1)))).toBeLessThan(0.05)
  })

  it('moves failed runs too, around the same depth', () => {
    const seconds = Array.from(
      { length: 500 },
      (_, seed) => evaluate(landscape(), { ...baseline, DEPTH: 20 }, { seed }).trainSeconds,
    )
    expect(deviation(seconds) / mean(seconds)).toBeGreaterThan(0.03)
    expect(deviation(seconds) / mean(seconds)).toBeLessThan(0.3)
  })
})

describe('where optimizers go', () => {
  it('has no better optimum than the card could plausibly give: the best recorded trial is 0.9741', () => {
    const least = hardSearch(stream(11))
    expect(least).toBeGreaterThan(0.972)
    expect(least).toBeLessThan(0.9755)
  })

  it('stays finite and above its floor in every corner', () => {
    for (const params of anywhere(3000, 5)) {
      const value = truth(landscape(), params)
      expect(value).toBeGreaterThan(0.972)
      expect(value).toBeLessThan(3.2)
    }
  })
})

/** The least truth that an evolution with 10 000 noise-free evaluations finds among configurations that fit. */
function hardSearch(rng: ReturnType<typeof stream>): number {
  let best = fittest(anywhere(4000, 3))
  for (let round = 0; round < 60; round++) {
    const step = 0.15 * (1 - round / 60) + 0.01
    best = fittest([...best, ...best.flatMap((params) => [near(params, step, rng), near(params, step, rng)])])
  }
  return truth(landscape(), best[0]!)
}

function fittest(candidates: readonly Params[]): Params[] {
  return candidates
    .filter((params) => evaluate(landscape(), params, { seed: 0 }).outcome === 'complete')
    .map((params) => ({ params, value: truth(landscape(), params) }))
    .toSorted((a, b) => a.value - b.value)
    .slice(0, 40)
    .map(({ params }) => params)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function deviation(values: readonly number[]): number {
  const centre = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)))
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [ca, cb] = [mean(a), mean(b)]
  return mean(a.map((value, i) => (value - ca) * (b[i]! - cb))) / (deviation(a) * deviation(b))
}
