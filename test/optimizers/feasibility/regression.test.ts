import { inverse, Matrix } from 'ml-matrix'
import { describe, expect, it } from 'vitest'
import {
  independent,
  observeSign,
  observeValue,
  predict,
} from '../../../optimizers/feasibility/regression.js'
import { stream } from '../../../optimizers/rng.js'
import golden from './golden/sign-update.json' with { type: 'json' }

describe('the regression of the memory model', () => {
  it('equals the normal-inverse-gamma posterior of all observations at once', () => {
    const rng = stream(4)
    const p = 6
    const n = 40
    const variances = Array.from({ length: p }, () => 0.2 + rng.uniform())
    const rows = Array.from({ length: n }, () => Float64Array.from({ length: p }, () => rng.normal()))
    const ys = rows.map((x) => x.reduce((sum, value, i) => sum + value * (i - 2), 0) + 0.3 * rng.normal())
    const [noise, weight] = [0.5, 4]

    const start = independent(new Array(p).fill(0.5), variances, noise, weight)
    const belief = rows.reduce((now, x, k) => observeValue(now, x, ys[k]!, 0), start)

    const X = new Matrix(rows.map((row) => [...row]))
    const y = Matrix.columnVector(ys)
    const m0 = Matrix.columnVector(new Array(p).fill(0.5))
    const P0 = Matrix.diag(variances.map((v) => noise / v))
    const precision = Matrix.add(P0, X.transpose().mmul(X))
    const m = inverse(precision).mmul(Matrix.add(P0.mmul(m0), X.transpose().mmul(y)))
    const square = (A: Matrix, v: Matrix) => v.transpose().mmul(A).mmul(v).get(0, 0)
    const rest = square(Matrix.eye(n), y) + square(P0, m0) - square(precision, m)
    const S = (weight * noise + rest) / (weight + n)
    expect(belief.noise).toBeCloseTo(S, 10)
    for (let i = 0; i < p; i++) {
      expect(belief.mean[i]).toBeCloseTo(m.get(i, 0), 10)
      for (let j = 0; j < p; j++) {
        expect(belief.covariance[i * p + j]).toBeCloseTo(S * inverse(precision).get(i, j), 10)
      }
    }
  })

  it('learns how noisy the observations are', () => {
    const rng = stream(5)
    let belief = independent([0, 0], [4, 4], 0.04, 5)
    for (let i = 0; i < 2000; i++) {
      const x = Float64Array.of(1, rng.normal())
      belief = observeValue(belief, x, 2 - 3 * x[1]! + 0.05 * rng.normal(), 0)
    }
    expect(Math.sqrt(belief.noise)).toBeGreaterThan(0.045)
    expect(Math.sqrt(belief.noise)).toBeLessThan(0.065)
    expect(predict(belief, Float64Array.of(1, 2)).mean).toBeCloseTo(-4, 1)
  })

  it.each(golden.cases)('has the exact moments after a sign alone ($sign at $x)', (one) => {
    const start = {
      mean: Float64Array.from(one.mean),
      covariance: Float64Array.from(one.covariance.flat()),
      noise: one.noise,
      weight: 1,
    }
    const after = observeSign(start, Float64Array.from(one.x), one.sign as 1 | -1)
    for (const [i, value] of one.afterMean.entries()) expect(after.mean[i]).toBeCloseTo(value, 7)
    for (const [i, value] of one.afterCovariance.flat().entries()) {
      expect(after.covariance[i]).toBeCloseTo(value, 7)
    }
  })

  it('stays finite where the sign is the opposite of what was certain', () => {
    const sure = independent([30], [1e-6], 1e-4, 1)
    const after = observeSign(sure, Float64Array.of(1), -1)
    expect(after.mean[0]).toBeLessThan(30)
    expect(after.covariance[0]).toBeGreaterThan(0)
    expect(observeSign(sure, Float64Array.of(1), 1).mean[0]).toBe(30)
  })
})
