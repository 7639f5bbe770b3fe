import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkParams,
  decode,
  encode,
  type ParameterSpec,
  type Params,
  paramsKey,
  readSpace,
  sample,
  spaceNamed,
} from '../../search-spaces/index.js'
import { parameterSpec, spaceSpec, unit } from './arbitrary-space.js'

const one = (spec: ParameterSpec) =>
  readSpace({ parameters: { X: spec, other: { type: 'bool' } } }).byName.get('X')!
const searched = parameterSpec.filter(({ type }) => type !== 'fixed')
const cubeOf = (n: number) => fc.array(unit, { minLength: n, maxLength: n })

describe('a parameter', () => {
  test('round-trips exactly through the unit interval', () => {
    fc.assert(
      fc.property(searched, unit, (spec, u) => {
        const parameter = one(spec)
        const value = parameter.fromUnit(u)
        expect(parameter.fromUnit(parameter.toUnit(value))).toBe(value)
        expect(parameter.accepts(value)).toBe(true)
      }),
      { numRuns: 1500 },
    )
  })

  test('reaches both of its bounds exactly, and nothing beyond', () => {
    const float = parameterSpec.filter((spec) => spec.type === 'float')
    fc.assert(
      fc.property(float, (spec) => {
        const parameter = one(spec)
        expect([-0.1, 0, 1, 1.1].map(parameter.fromUnit)).toEqual([spec.low, spec.low, spec.high, spec.high])
      }),
      { numRuns: 1000 },
    )
    const uneven = one({
      type: 'float',
      low: -7.888888888888889,
      high: 0.44444444444444464,
      step: 0.8333333333333334,
    })
    expect(uneven.level(10)).toBe(0.44444444444444464)
  })

  test('keeps its order on the unit interval', () => {
    fc.assert(
      fc.property(searched, unit, unit, (spec, a, b) => {
        const parameter = one(spec)
        if (spec.type !== 'float' && spec.type !== 'int') return
        const [low, high] = a < b ? [a, b] : [b, a]
        expect(parameter.fromUnit(low)).toBeLessThanOrEqual(parameter.fromUnit(high) as number)
      }),
    )
  })

  test('is cut into cells that touch, cover the interval and decode to their level', () => {
    fc.assert(
      fc.property(searched, (spec) => {
        const parameter = one(spec)
        if (parameter.levels > 400) return
        let edge = 0
        for (let i = 0; i < parameter.levels; i++) {
          const { low, high, centre } = parameter.cell(i)
          expect(low).toBeCloseTo(edge, 12)
          expect(parameter.fromUnit(centre)).toBe(parameter.level(i))
          expect(parameter.toUnit(parameter.level(i))).toBe(centre)
          expect(parameter.indexOf(parameter.level(i))).toBe(i)
          expect(parameter.fromUnit(low + (high - low) * 1e-6)).toBe(parameter.level(i))
          expect(parameter.fromUnit(high - (high - low) * 1e-6)).toBe(parameter.level(i))
          edge = high
        }
        expect(edge).toBeCloseTo(1, 12)
      }),
      { numRuns: 200 },
    )
  })

  test('is uniform in the logarithm where it is logarithmic', () => {
    expect(one({ type: 'float', low: 1e-4, high: 1, log: true }).fromUnit(0.25)).toBe(1e-3)
    const integer = one({ type: 'int', low: 1, high: 8, log: true })
    const width = (value: number) => {
      const { low, high } = integer.cell(integer.indexOf(value))
      return high - low
    }
    expect(width(1)).toBeCloseTo(Math.log(1.5 / 0.5) / Math.log(8.5 / 0.5), 12)
    expect(width(8)).toBeCloseTo(Math.log(8.5 / 7.5) / Math.log(8.5 / 0.5), 12)
    const power = one({ type: 'int', low: 32, high: 256, powerOfTwo: true })
    expect([0, 1, 2, 3].map((i) => power.cell(i).centre)).toEqual([0.125, 0.375, 0.625, 0.875])
  })

  test('has values with few decimal digits', () => {
    expect(one({ type: 'float', low: 0, high: 1 }).fromUnit(1 / 3)).toBe(0.3333333333333)
    expect(one({ type: 'float', low: 0, high: 1, step: 0.1 }).level(3)).toBe(0.3)
    expect(one({ type: 'float', low: 0.01, high: 2, log: true }).fromUnit(0.5)).toBe(0.141421356237)
  })

  test('never gives a negative zero', () => {
    expect(one({ type: 'float', low: -1, high: 1 }).fromUnit(0.5 - 2 ** -53)).toBe(0)
    expect(one({ type: 'float', low: -0.7, high: 0.7, step: 0.1 }).level(7)).toBe(0)
  })

  test('is not coarser than 1e-12 of its range', () => {
    const { fromUnit } = one({ type: 'float', low: -5, high: 5 })
    expect(fromUnit(0.5 + 2e-13)).toBeGreaterThan(fromUnit(0.5) as number)
  })
})

describe('a configuration', () => {
  test('decodes from its own code, in any space', () => {
    fc.assert(
      fc.property(
        spaceSpec.chain((spec) =>
          fc.tuple(fc.constant(readSpace(spec)), cubeOf(Object.keys(spec.parameters).length)),
        ),
        ([space, cube]) => {
          const params = decode(space, cube)
          const code = encode(space, params)
          expect(decode(space, code)).toEqual(params)
          expect(encode(space, decode(space, code))).toEqual(code)
          expect(checkParams(space, params)).toEqual([])
        },
      ),
      { numRuns: 500 },
    )
  })

  test('has NaN where a parameter is not active, and nothing there when decoded', () => {
    const space = readSpace({
      parameters: {
        KERNEL: { type: 'categorical', choices: ['linear', 'poly'] },
        DEGREE: { type: 'int', low: 2, high: 5, when: { KERNEL: 'poly' } },
      },
    })
    const [degree, kernel] = ['DEGREE', 'KERNEL'].map((name) => space.byName.get(name)!.coordinate)
    const code = encode(space, { KERNEL: 'linear' })
    expect(code[kernel!]).toBe(0.25)
    expect(code[degree!]).toBeNaN()
    code[degree!] = 0.9
    expect(decode(space, code)).toEqual({ KERNEL: 'linear' })
    expect(decode(space, [Number.NaN, Number.NaN])).toEqual({})
  })

  test('has one key, whatever the order of its names', () => {
    expect(paramsKey({ B: 1, A: 'x' })).toBe(paramsKey({ A: 'x', B: 1 }))
    const different: Params[] = [{ A: 1 }, { A: '1' }, { A: true }, { A: 'true' }, { B: 1 }, { A: 1, B: 1 }]
    expect(new Set(different.map(paramsKey)).size).toBe(6)
  })
})

describe('a sample', () => {
  test('is uniform over cells, and satisfies the constraints', () => {
    const space = spaceNamed('autoresearch-14')!
    const uniform = lcg()
    const counts = new Map<unknown, number>()
    for (let i = 0; i < 6000; i++) {
      const params = sample(space, uniform)
      counts.set(params.WINDOW_PATTERN, (counts.get(params.WINDOW_PATTERN) ?? 0) + 1)
      expect((params.TOTAL_BATCH_SIZE as number) >= 2048 * (params.DEVICE_BATCH_SIZE as number)).toBe(true)
    }
    const sd = Math.sqrt((6000 * (1 / 6) * 5) / 6)
    expect(counts.size).toBe(6)
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(4 * sd)
  })

  test('draws one number a coordinate, so that what it gives depends on the numbers alone', () => {
    const space = spaceNamed('gradient-boosting')!
    const draws = [lcg(), lcg()].map((uniform) => [sample(space, uniform), sample(space, uniform)])
    expect(draws[0]).toEqual(draws[1])
    let drawn = 0
    sample(space, () => ++drawn / 100)
    expect(drawn).toBe(space.searched.length)
  })

  test('terminates if random draws hardly ever satisfy a constraint', () => {
    const space = readSpace({
      parameters: {
        A: { type: 'float', low: 0, high: 1 },
        B: { type: 'float', low: 0, high: 1, default: 1 },
      },
      constraints: [{ expression: 'B > 1 - A / 1e6', adjust: 'B' }],
    })
    const uniform = lcg()
    for (let i = 0; i < 20; i++) expect(checkParams(space, sample(space, uniform))).toEqual([])
  })
})

function lcg(): () => number {
  let state = 1
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
