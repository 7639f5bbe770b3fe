import { describe, expect, it } from 'vitest'
import { stream } from '../../../optimizers/rng.js'
import { decay } from '../../../optimizers/tpe/decay.js'
import { addNormal, gaussSum, sumAt } from '../../../optimizers/tpe/gauss.js'
import { massInside } from '../../../optimizers/tpe/truncated.js'

describe('quick sums', () => {
  it('take e^−x as it is, to 1e-15', () => {
    const rng = stream(1)
    const points = [
      0,
      1 / 128,
      39.99,
      40,
      41,
      745,
      800,
      ...Array.from({ length: 10_000 }, () => 45 * rng.uniform()),
    ]
    for (const x of points) {
      expect(Math.abs(decay(x) - Math.exp(-x)), `${x}`).toBeLessThanOrEqual(1e-15 * Math.exp(-x))
    }
    expect(decay(Infinity)).toBe(0)
  })

  it.each([0.3, 0.03, 0.004])('of normals of width %f equal the sum of one after the other', (width) => {
    const rng = stream(2)
    const normals = Array.from({ length: 500 }, (_, i) => {
      const centre = i < 2 ? i : rng.uniform() ** 2
      return { centre, height: rng.uniform() / massInside(centre, width) }
    })
    const sum = gaussSum(width)
    for (const { centre, height } of normals) addNormal(sum, centre, height)
    for (const value of [0, 1, ...Array.from({ length: 300 }, () => rng.uniform())]) {
      const one = ({ centre, height }: (typeof normals)[number]) =>
        height * Math.exp(-0.5 * ((value - centre) / width) ** 2)
      const expected = normals.reduce((total, normal) => total + one(normal), 0)
      expect(Math.abs(sumAt(sum, value, 6.2) - expected)).toBeLessThan(1e-12 * expected + 1e-14)
    }
  })
})
