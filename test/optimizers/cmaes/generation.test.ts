/** Who counts in a generation, and for how much. */
import { describe, expect, it } from 'vitest'
import { constantsFor } from '../../../optimizers/cmaes/constants.js'
import {
  isComplete,
  type Point,
  rankedWithWeights,
  type Verdict,
} from '../../../optimizers/cmaes/generation.js'

const k = constantsFor(5, 6)
const complete = (value: number): Verdict => ({ kind: 'complete', value })
const failed: Verdict = { kind: 'failed' }
const point = (verdict: Verdict, native = true): Point => ({ x: [], c: [], native, verdict })
const weightsOf = (points: Point[]) => rankedWithWeights(points, k).map(({ weight }) => weight)
const verdictsOf = (points: Point[]) => rankedWithWeights(points, k).map(({ point }) => point.verdict)

describe('a generation', () => {
  it('ranks complete before pruned before failed, whatever their values', () => {
    const late: Verdict = { kind: 'pruned', value: 9, step: 20 }
    const early: Verdict = { kind: 'pruned', value: 0.1, step: 10 }
    const worse: Verdict = { kind: 'pruned', value: 0.2, step: 10 }
    const silent: Verdict = { kind: 'pruned', step: 10 }
    const points = [failed, silent, worse, early, complete(1e300), late, complete(-1)].map((v) => point(v))
    expect(verdictsOf(points)).toEqual([complete(-1), complete(1e300), late, early, worse, silent, failed])
  })

  it('gives its own points the weights of the tutorial', () => {
    expect(weightsOf([4, 2, 6, 1, 5, 3].map((value) => point(complete(value))))).toEqual(k.weights)
  })

  it('gives a failure no positive weight, even where nothing else is left', () => {
    const weights = weightsOf([point(complete(1)), ...new Array(5).fill(point(failed))])
    expect(weights).toEqual([k.weights[0], 0, 0, ...k.weights.slice(3)])
    expect(k.weights[5]).toBeLessThan(0)
  })

  it('gives a point from elsewhere no negative weight', () => {
    const points = [1, 2, 3, 4, 5, 6].map((value) => point(complete(value), value !== 6))
    expect(weightsOf(points)).toEqual([...k.weights.slice(0, 5), 0])
  })

  it('leaves the middle without a weight where more points were told than it needs', () => {
    const weights = weightsOf([1, 2, 3, 4, 5, 6, 7, 8].map((value) => point(complete(value))))
    expect(weights).toEqual([...k.weights.slice(0, 3), 0, 0, ...k.weights.slice(3)])
  })
})

describe('a generation is complete', () => {
  const many = (good: number, bad: number) => [
    ...new Array<Point>(good).fill(point(complete(1))),
    ...new Array<Point>(bad).fill(point(failed)),
  ]

  it('with λ points, unless fewer than μ of them are feasible', () => {
    expect(isComplete(many(5, 0), k)).toBe(false)
    expect(isComplete(many(6, 0), k)).toBe(true)
    expect(isComplete(many(3, 3), k)).toBe(true)
    expect(isComplete(many(2, 10), k)).toBe(false)
    expect(isComplete(many(3, 10), k)).toBe(true)
  })

  it('at last even with nothing but failures', () => {
    expect(isComplete(many(0, 29), k)).toBe(false)
    expect(isComplete(many(0, 30), k)).toBe(true)
  })
})

describe('the constants', () => {
  it('let the positive weights sum to one, and keep C positive definite', () => {
    for (const n of [1, 2, 13, 200]) {
      for (const lambda of [4, 12, 100, 1000]) {
        const { weights, mu, c1, cMu } = constantsFor(n, lambda)
        const sum = (part: readonly number[]) => part.reduce((a, w) => a + w, 0)
        expect(sum(weights.slice(0, mu))).toBeCloseTo(1, 12)
        // After one update no eigenvalue can fall below zero: decay, less the negative steps at their full length.
        expect(1 - c1 - cMu * sum(weights) + n * cMu * sum(weights.slice(mu))).toBeGreaterThanOrEqual(-1e-12)
      }
    }
  })
})
