import { describe, expect, it } from 'vitest'
import { evaluate, landscape } from '../../trainer/landscape/index.js'
import { anywhere, baseline } from './configurations.js'

function curveOf(change: Record<string, number>, seed = 1) {
  const run = evaluate(landscape(), { ...baseline, ...change }, { seed })
  if (run.outcome !== 'complete') throw new Error(run.message)
  return run
}

const completed = anywhere(1500, 13).flatMap((params, seed) => {
  const run = evaluate(landscape(), params, { seed })
  return run.outcome === 'complete' ? [run] : []
})

describe('the curve', () => {
  it('ends at the value, at the last step, when the time is up', () => {
    for (const { curve, valBpb, numSteps } of completed) {
      expect(curve.at(-1)).toEqual({ seconds: 300, step: numSteps, valBpb })
    }
  })

  it('goes forward in time and down from an untrained model', () => {
    for (const { curve } of completed) {
      expect(curve[0]!.valBpb).toBeLessThan(3.2)
      expect(curve[0]!.valBpb).toBeGreaterThan(curve[9]!.valBpb)
      expect(curve[9]!.valBpb).toBeGreaterThan(curve.at(-1)!.valBpb)
      for (let i = 1; i < curve.length; i++) {
        expect(curve[i]!.seconds).toBeGreaterThan(curve[i - 1]!.seconds)
        expect(curve[i]!.step).toBeGreaterThanOrEqual(curve[i - 1]!.step)
      }
    }
  })

  it('stays finite where warm-up and warm-down overlap', () => {
    for (const point of curveOf({ WARMUP_RATIO: 0.3, WARMDOWN_RATIO: 0.8 }).curve) {
      expect(point.valBpb).toBeGreaterThan(0.9)
      expect(point.valBpb).toBeLessThan(3.2)
    }
  })

  it('falls late where the warm-down is late: what annealing gains comes with it', () => {
    const shareLeft = (warmdown: number) => {
      const { curve, valBpb } = curveOf({ WARMDOWN_RATIO: warmdown })
      return (curve[23]!.valBpb - valBpb) / (curve[2]!.valBpb - valBpb)
    }
    expect(shareLeft(0.15)).toBeGreaterThan(1.2 * shareLeft(0.8))
  })

  it('starts slower with a warm-up', () => {
    expect(curveOf({ WARMUP_RATIO: 0.3 }).curve[1]!.valBpb).toBeGreaterThan(curveOf({}).curve[1]!.valBpb)
  })

  it('ranks imperfectly early, better later, and perfectly at the end', () => {
    const agreement = [2, 8, 14, 20, 26, 29].map((at) =>
      spearman(
        completed.map((run) => run.curve[at]!.valBpb),
        completed.map((run) => run.valBpb),
      ),
    )
    expect(agreement[0]).toBeGreaterThan(0.4)
    expect(agreement[0]).toBeLessThan(0.85)
    for (let i = 1; i < agreement.length; i++) expect(agreement[i]).toBeGreaterThan(agreement[i - 1]!)
    expect(agreement.at(-1)).toBe(1)
  })

  it('is empty of a run that failed', () => {
    expect(evaluate(landscape(), { ...baseline, DEPTH: 24 }, { seed: 1 })).not.toHaveProperty('curve')
  })
})

function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)]
  const n = a.length
  const squares = x.reduce((sum, rank, i) => sum + (rank - y[i]!) ** 2, 0)
  return 1 - (6 * squares) / (n * (n ** 2 - 1))
}

function ranks(values: readonly number[]): number[] {
  const out = new Array<number>(values.length)
  const order = values.map((_, i) => i).toSorted((i, j) => values[i]! - values[j]!)
  for (const [rank, i] of order.entries()) out[i] = rank
  return out
}
