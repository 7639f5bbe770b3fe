/** What gp makes of losses that jump by orders of magnitude, by the front door. */
import { describe, expect, it } from 'vitest'
import { gp } from '../../../optimizers/gp/index.js'
import { cliffEdge } from '../../../optimizers/surrogate/cliff.js'
import { type Params, readSpace } from '../../../search-spaces/index.js'

const names = ['A', 'B', 'C', 'D']
const space = readSpace({
  parameters: Object.fromEntries(names.map((name) => [name, { type: 'float', low: 0, high: 1 }])),
})

/** A bowl around 0.3; where A + B is above 1.1, which is two fifths of the space, the loss is `factor` times as large. */
function loss(params: Params, factor: number): number {
  const at = names.map((name) => params[name] as number)
  const bowl = at.reduce((sum, x, i) => sum + (i + 1) * (x - 0.3) ** 2, 0.1)
  return at[0]! + at[1]! > 1.1 ? factor * bowl : bowl
}

function search(factor: number, seed: number) {
  const run = gp.open(space, gp.options({}), seed)
  let best = Number.POSITIVE_INFINITY
  for (let number = 0; number < 50; number++) {
    const [{ params }] = run.ask({ number, count: 1, pending: [] }) as [{ params: Params }]
    const value = loss(params, factor)
    best = Math.min(best, value)
    run.tell([{ number, params, result: { outcome: 'complete', value } }])
  }
  return { run, left: best - 0.1 }
}

describe('a cliff', () => {
  it.each([100, 1000, 1e6])('of %d costs gp nothing in the end', (factor) => {
    for (const seed of [1, 2, 3]) {
      const { run, left } = search(factor, seed)
      expect(left).toBeLessThan(0.002)
      expect(run.recommend()!.mean - 0.1).toBeLessThan(0.002)
    }
  })

  it('is told of, and its trials are no failures', () => {
    const { run } = search(1000, 1)
    const { failures, notes } = run.describe()
    expect(failures).toBe(0)
    expect(notes.join('; ')).toMatch(/beyond a cliff: \d+ of 50 trials/)
  })

  it('is known again by the run of a snapshot', () => {
    const { run } = search(1000, 1)
    const kept = JSON.parse(JSON.stringify(run.snapshot()))
    const next = { number: 50, count: 2, pending: [] }
    expect(gp.open(space, gp.options({}), 1, kept).ask(next)).toEqual(run.ask(next))
  })
})

describe('the edge', () => {
  it('is at twenty times the median of the losses before it, and as far above the best', () => {
    expect(cliffEdge([1, 2, 3, 4, 900, 5], 6)).toBe(60)
    expect(cliffEdge([900, 800, 700, 1, 2, 3, 1e6], 6)).toBe(40)
  })

  it('is nowhere where losses are far above the best, and not many times as large', () => {
    expect(cliffEdge([0.99, 0.991, 0.992, 0.993, 1.4, 2.3], 6)).toBe(Number.POSITIVE_INFINITY)
  })

  it('is nowhere where fewer than half of the first losses lie before it, or before there are as many', () => {
    expect(cliffEdge([1, 2, 900, 800, 700, 600], 6)).toBe(Number.POSITIVE_INFINITY)
    expect(cliffEdge([], 6)).toBe(Number.POSITIVE_INFINITY)
  })

  it('is found among finite losses of any size', () => {
    expect(cliffEdge([1, 2, 3, Number.MAX_VALUE, -1, -2], 6)).toBe(58)
    expect(cliffEdge([-Number.MAX_VALUE, Number.MAX_VALUE, 0, 0, 0, 0], 6)).toBe(Number.POSITIVE_INFINITY)
  })
})
