/**
 * The shipped weights against the trials they were fitted to. What they do on runs left out stands in
 * trainer/landscape/FIDELITY.md; this holds that the evaluator and its weights belong together.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import { readRows, recordedParams } from '../../bench/recorded-trials.js'
import type { Params } from '../../search-spaces/index.js'
import { evaluate, landscape, truth } from '../../trainer/landscape/index.js'
import { space } from './configurations.js'

const beside = new URL('../../../shared/data/autoresearch14-trials.csv', import.meta.url)
const table = process.env.CHIRON_DATA_TABLE ?? fileURLToPath(beside)

describe('the recorded trials', () => {
  beforeEach((context) => {
    if (!existsSync(table))
      context.skip(`no table of recorded trials at ${table}: name it in CHIRON_DATA_TABLE`)
  })

  it('ran out of memory where the landscape does', () => {
    const trials = recorded()
    const right = trials.filter(({ params, outcome }) => {
      const run = evaluate(landscape(), params, { seed: 1 })
      return (run.outcome === 'oom') === (outcome === 'oom')
    })
    expect(trials.length).toBeGreaterThan(10_000)
    expect(right.length / trials.length).toBeGreaterThanOrEqual(0.995)
  })

  it('took the memory, the speed and the val_bpb that the landscape gives', () => {
    const done = recorded().filter(({ outcome }) => outcome === 'ok')
    const errors = { memory: [] as number[], speed: [] as number[], good: [] as number[] }
    for (const { params, memoryGb, steps, valBpb } of done) {
      const run = evaluate(landscape(), params, { seed: 1 })
      if (run.outcome !== 'complete') continue
      errors.memory.push(Math.abs(run.peakMemoryMb / 1024 - memoryGb))
      errors.speed.push(Math.abs(run.numSteps / steps - 1))
      if (valBpb < 0.985) errors.good.push(Math.abs(truth(landscape(), params) - valBpb))
    }
    expect(median(errors.memory)).toBeLessThanOrEqual(0.15)
    expect(median(errors.speed)).toBeLessThanOrEqual(0.037)
    expect(errors.good.length).toBeGreaterThan(900)
    expect(mean(errors.good)).toBeLessThanOrEqual(0.0025)
  })
})

interface Recorded {
  readonly params: Params
  readonly outcome: string
  readonly valBpb: number
  readonly memoryGb: number
  readonly steps: number
}

function recorded(): Recorded[] {
  return readRows(table)
    .filter(asConfigured)
    .map((row) => ({
      params: recordedParams(space, row),
      outcome: row.outcome!,
      valBpb: Number(row.val_bpb),
      memoryGb: Number(row.peak_memory_gb),
      steps: Number(row.num_steps),
    }))
}

function asConfigured(row: Record<string, string>): boolean {
  if (row.method === 'agent-code' || row.WINDOW_PATTERN!.length !== 4) return false
  return row.outcome === 'oom' || (row.outcome === 'ok' && Number(row.real_depth) === Number(row.DEPTH))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
