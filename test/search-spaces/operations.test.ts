/** What a space may cost is counted in operations. The function round calls Math.sign once for each evaluation. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openSearch } from '../../optimizers/search.js'
import {
  catalogue,
  MOST_OPERATIONS,
  readSpace,
  repair,
  SpaceError,
  sample,
  spaceNamed,
} from '../../search-spaces/index.js'

const parameters = { x: { type: 'float', low: 0, high: 1 }, y: { type: 'float', low: 0, high: 1 } } as const

/** An expression of 1 + `terms` nodes. */
const longest = (terms: number) => `max(${Array.from({ length: terms }, (_, i) => 'xy'[i % 2]).join(',')})`

/** 20 derived quantities of 241 nodes each, so that a configuration takes nearly 5 000 operations. */
const heavy = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`d${i}`, longest(240)]))

afterEach(() => vi.restoreAllMocks())

function faultsOf(spec: unknown) {
  try {
    readSpace(spec)
    return []
  } catch (error) {
    if (error instanceof SpaceError) return error.faults
    throw error
  }
}

describe('the operations of a space', () => {
  test('an operand in the middle of nested chains is evaluated once', () => {
    const nested = (depth: number): string =>
      depth === 0 ? '0 <= round(x) < 3' : `0 <= (${nested(depth - 1)} ? 1 : 2) < 3`
    const rounds = vi.spyOn(Math, 'sign')
    const space = readSpace({ parameters, constraints: [nested(16)] })
    rounds.mockClear()
    expect(repair(space, { x: 0.5, y: 0.5 }).ok).toBe(true)
    expect(rounds).toHaveBeenCalledTimes(1)
  })

  test('are one for each parameter, each value of a condition, and each node of an expression', () => {
    expect(readSpace({ parameters }).operations).toBe(2)
    const z = { type: 'bool', when: { k: ['a', 'b'] } }
    const k = { type: 'categorical', choices: ['a', 'b', 'c'] }
    expect(readSpace({ parameters: { ...parameters, k, z } }).operations).toBe(6)
    expect(readSpace({ parameters, constraints: ['x + (y) * 2 <= 3'] }).operations).toBe(10)
    expect(readSpace({ parameters, derived: { m: 'max(x, y, 1)' } }).operations).toBe(6)
    for (const { name } of catalogue()) expect(spaceNamed(name)!.operations, name).toBeLessThan(400)
  })

  test('are limited: the refusal names the expression with which there are too many, and the limit', () => {
    const derived = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`d${i}`, longest(240)]))
    const [fault, ...others] = faultsOf({ parameters, derived })
    expect(others).toEqual([])
    expect(fault!.path).toBe('derived.d46')
    expect(fault!.message).toContain(`${MOST_OPERATIONS.configuration} are the limit`)
    expect(fault!.message).toContain('compute a common part once in derived')
  })

  test('of a check: an unsatisfiable space is drawn from less often, the more its configurations cost', () => {
    const defaults = { x: { ...parameters.x, default: 1 }, y: { ...parameters.y, default: 1 } }
    const rare = { parameters: defaults, constraints: ['x == y'] }
    expect(faultsOf(rare)[0]!.message).toContain('none of 4096 configurations drawn')
    const costly = { ...rare, derived: heavy }
    const drawn = Number(/none of (\d+) configurations/.exec(faultsOf(costly)[0]!.message)![1])
    expect(drawn).toBe(Math.floor(MOST_OPERATIONS.check / (2 + 20 * 241 + 3)))
  })

  test('of a repair: it gives up after as many as one repair may take', () => {
    const constraints = [{ expression: 'round(A) <= 2', adjust: ['x', 'y', 'A'] }]
    const A = { type: 'ordinal', choices: Array.from({ length: 1000 }, (_, i) => i), default: 0 }
    const space = readSpace({ parameters: { ...parameters, A }, derived: heavy, constraints })
    expect(repair(space, { A: 3 }).ok).toBe(false)
    const rounds = vi.spyOn(Math, 'sign')
    expect(repair(space, { A: 500 }).ok).toBe(false)
    expect(rounds.mock.calls.length).toBeLessThan(1.1 * (MOST_OPERATIONS.repair / space.operations))
  })

  test.each(['random', 'sobol', 'tpe', 'cma-es'])('of an ask are limited, by %s', (kind) => {
    const z = { type: 'int', low: 0, high: 2000, default: 0 }
    const spec = {
      parameters: { ...parameters, z },
      derived: heavy,
      constraints: [{ expression: 'round(z) <= 0', adjust: ['x', 'y', 'z'] }],
    }
    const space = readSpace(spec)
    const search = openSearch(space, { optimizer: { kind } } as never, 1)
    const rounds = vi.spyOn(Math, 'sign')
    search.propose({ number: 1, count: 1, pending: [] })
    const limit = (MOST_OPERATIONS.ask + 2 * MOST_OPERATIONS.repair) / space.operations
    expect(rounds.mock.calls.length).toBeLessThan(3 * limit)
  })

  test('of a sample are limited', () => {
    const low = { ...parameters, x: { ...parameters.x, default: 0 } }
    const space = readSpace({ parameters: low, derived: heavy, constraints: ['round(x) <= 0'] })
    const rounds = vi.spyOn(Math, 'sign')
    sample(space, () => 1)
    const limit = MOST_OPERATIONS.repair / space.operations
    expect(rounds.mock.calls.length).toBeGreaterThan(limit - 1)
    expect(rounds.mock.calls.length).toBeLessThan(limit + 10)
  })
})
