import { describe, expect, it } from 'vitest'
import { evaluate, landscape, truth } from '../../trainer/landscape/index.js'
import golden from './golden/points.json' with { type: 'json' }

/** Four ulps of libm on either side, through two exponentials. */
const relative = 1e-11

describe('TypeScript and numpy evaluate the same weights', () => {
  it.each(golden.points)(
    '$params.DEPTH layers of $params.ASPECT_RATIO, seed $seed, $memoryLimitGb GB',
    (point) => {
      const { params, seed, memoryLimitGb } = point
      expectClose(truth(landscape(), params), point.truth)
      const run = evaluate(landscape(), params, { seed, memoryLimitGb })
      for (const [name, expected] of Object.entries(point.run)) {
        const found = run[name as keyof typeof run]
        if (typeof expected === 'number') expectClose(found as number, expected)
        else expect(found).toBe(expected)
      }
    },
  )

  it('has points of both outcomes', () => {
    const outcomes = new Set(golden.points.map((point) => point.run.outcome))
    expect(outcomes).toEqual(new Set(['complete', 'oom']))
  })
})

function expectClose(found: number, expected: number): void {
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(relative * Math.abs(expected))
}
