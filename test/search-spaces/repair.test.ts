import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkParams, decode, readSpace, repair, violated } from '../../search-spaces/index.js'
import { spaceSpec, unit } from './arbitrary-space.js'

const space = readSpace({
  parameters: {
    LR: { type: 'float', low: 1e-4, high: 0.1, log: true, default: 0.01 },
    LAYERS: { type: 'int', low: 2, high: 20, step: 3, default: 8 },
    WIDTH: { type: 'int', low: 64, high: 512, powerOfTwo: true, default: 128 },
    DROP: { type: 'float', low: 0, high: 0.5, step: 0.1, default: 0.1 },
    SIZE: { type: 'ordinal', choices: [1, 2, 5, 10], default: 2 },
    KIND: { type: 'categorical', choices: ['relu', 'swiglu'], default: 'relu' },
    GATE: { type: 'int', low: 1, high: 4, default: 2, when: { KIND: 'swiglu' } },
    TIED: { type: 'bool', default: true },
    SEED: { type: 'fixed', value: 42 },
  },
})
const params = space.defaults

function repaired(change: Record<string, unknown>) {
  const result = repair(space, { ...params, ...change })
  if (!result.ok) throw new Error(result.message)
  return result
}

describe('repair', () => {
  // biome-ignore format: a table reads in rows
  const cases: [string, unknown, unknown, string][] = [
    ['LR', 5, 0.1, 'clamp'],
    ['LR', -1, 1e-4, 'clamp'],
    ['LR', '0.02', 0.02, 'snap'],
    ['LR', 'fast', 0.01, 'default'],
    ['LR', Number.NaN, 0.01, 'default'],
    ['LR', null, 0.01, 'default'],
    ['LR', { low: 1 }, 0.01, 'default'],
    ['LAYERS', 9, 8, 'snap'],
    ['LAYERS', 9.6, 11, 'snap'],
    ['LAYERS', 99, 20, 'clamp'],
    ['LAYERS', -1e300, 2, 'clamp'],
    ['LAYERS', Number.POSITIVE_INFINITY, 20, 'clamp'],
    ['WIDTH', 200, 256, 'snap'],
    ['WIDTH', 100, 128, 'snap'],
    ['WIDTH', 0, 64, 'clamp'],
    ['WIDTH', 1e9, 512, 'clamp'],
    ['DROP', 0.1 + 0.2, 0.3, 'snap'],
    ['DROP', 0.24, 0.2, 'snap'],
    ['SIZE', 4, 5, 'snap'],
    ['SIZE', 99, 10, 'snap'],
    ['SIZE', 'big', 2, 'default'],
    ['KIND', 'gelu', 'relu', 'default'],
    ['KIND', 0, 'relu', 'default'],
    ['TIED', 'true', true, 'default'],
    ['SEED', 43, 42, 'default'],
  ]
  test.each(cases)('%s = %j becomes %j: %s', (parameter, from, to, rule) => {
    const result = repaired({ [parameter]: from })
    expect(result.params).toEqual({ ...params, [parameter]: to })
    expect(result.repairs).toEqual([expect.objectContaining({ parameter, to, rule })])
  })

  test('keeps valid values bit for bit', () => {
    const right = { ...params, LR: 0.012345678901234567, KIND: 'swiglu', GATE: 3 }
    expect(repair(space, right)).toEqual({ ok: true, params: right, repairs: [] })
  })

  test('fills in what is missing, drops what is not active or not known, and says so', () => {
    const result = repair(space, { LR: 0.02, GATE: 3, lr: 1, constructor: 2 })
    expect(result).toMatchObject({ ok: true, params: { ...params, LR: 0.02 } })
    expect(result.ok && result.repairs.map(({ parameter, rule }) => `${parameter} ${rule}`).sort()).toEqual([
      'DROP default',
      'GATE inactive',
      'KIND default',
      'LAYERS default',
      'SIZE default',
      'TIED default',
      'WIDTH default',
      'constructor unknown',
      'lr unknown',
    ])
    expect(repaired({ KIND: 'swiglu' }).repairs).toEqual([
      { parameter: 'GATE', from: null, to: 2, rule: 'default' },
    ])
  })

  test.each([null, 7, 'x', [], undefined])('refuses %j, which is no configuration', (given) => {
    expect(repair(space, given)).toMatchObject({
      ok: false,
      message: expect.stringContaining('expected an object'),
    })
  })

  test('of a repaired configuration changes nothing, whatever was given', () => {
    const junk = fc.oneof(
      fc.double(),
      fc.string({ maxLength: 5 }),
      fc.boolean(),
      fc.constantFrom(null, undefined, {}, [], '7', 'a'),
    )
    const specAndGiven = spaceSpec.chain((spec) => {
      const names = Object.keys(spec.parameters)
      return fc.tuple(
        fc.constant(readSpace(spec)),
        fc.array(unit, { minLength: names.length, maxLength: names.length }),
        fc.dictionary(fc.constantFrom(...names, 'stranger'), junk),
      )
    })
    fc.assert(
      fc.property(specAndGiven, ([space, cube, noise]) => {
        const first = repair(space, { ...decode(space, cube), ...noise })
        if (!first.ok) throw new Error(first.message)
        expect(checkParams(space, first.params)).toEqual([])
        expect(repair(space, first.params)).toEqual({ ok: true, params: first.params, repairs: [] })
      }),
      { numRuns: 500 },
    )
  })
})

describe('a constraint is repaired', () => {
  const A = { type: 'float', low: 0, high: 1, default: 0.5 } as const
  const N = { type: 'int', low: 1, high: 100, default: 50 } as const
  const adjusting = (expression: string, adjust: string | string[]) => ({ expression, adjust })

  test('by moving a discrete parameter to its nearest level that satisfies it', () => {
    const space = readSpace({
      parameters: { N, H: { ...N, default: 10 } },
      constraints: [adjusting('N % H == 0', 'N')],
    })
    expect(repair(space, { N: 51, H: 10 })).toMatchObject({ ok: true, params: { N: 50, H: 10 } })
    expect(repair(space, { N: 56, H: 10 })).toMatchObject({ ok: true, params: { N: 60, H: 10 } })
    expect(repair(space, { N: 55, H: 10 })).toMatchObject({ ok: true, params: { N: 60, H: 10 } })
  })

  test('by moving a continuous one to the edge', () => {
    const space = readSpace({
      parameters: { A, B: { ...A, default: 0.2 } },
      constraints: [adjusting('A + B <= 1', 'B')],
    })
    const result = repair(space, { A: 0.7, B: 0.9 })
    expect(result).toMatchObject({ ok: true, params: { A: 0.7 } })
    expect(result.ok && result.params.B).toBeCloseTo(0.3, 9)
    expect(result.ok && violated(space, result.params)).toBeNull()
  })

  test('by the first parameter that can move', () => {
    const constraints = [adjusting('A + B <= 0.5', ['A', 'B'])]
    const space = readSpace({ parameters: { A: { ...A, default: 0 }, B: { ...A, default: 0 } }, constraints })
    expect(repair(space, { A: 0.4, B: 0.3 })).toMatchObject({ params: { B: 0.3 } })
    expect(repair(space, { A: 0, B: 0.9 })).toMatchObject({ params: { A: 0 } })
  })

  test('without breaking another one, if possible', () => {
    const space = readSpace({
      parameters: { N, M: { ...N, default: 60 } },
      constraints: [adjusting('N < M', ['N', 'M']), 'N >= 40'],
    })
    expect(repair(space, { N: 50, M: 45 })).toMatchObject({ ok: true, params: { N: 44, M: 45 } })
    expect(repair(space, { N: 50, M: 30 })).toMatchObject({ ok: true, params: { N: 50, M: 51 } })
  })

  test('one after the other, each said with its reason', () => {
    const constraints = [adjusting('N >= M', 'N'), adjusting('K >= N', 'K')]
    const space = readSpace({
      parameters: { M: { ...N, default: 1 }, N, K: { ...N, default: 90 } },
      constraints,
    })
    const result = repair(space, { M: 70, N: 10, K: 5 })
    expect(result).toMatchObject({ ok: true, params: { M: 70, N: 70, K: 70 } })
    expect(result.ok && result.repairs).toEqual([
      { parameter: 'N', from: 10, to: 70, rule: 'constraint', because: 'N >= M' },
      { parameter: 'K', from: 5, to: 70, rule: 'constraint', because: 'K >= N' },
    ])
  })

  test('by breaking another one that can then be repaired, if there is no other way', () => {
    const constraints = [adjusting('N >= M', 'N'), adjusting('K >= N', 'K')]
    const space = readSpace({
      parameters: { M: { ...N, default: 1 }, N, K: { ...N, default: 90 } },
      constraints,
    })
    expect(repair(space, { M: 70, N: 10, K: 30 })).toMatchObject({
      ok: true,
      params: { M: 70, N: 70, K: 70 },
    })
  })

  test('without cycles', () => {
    const constraints = [adjusting('N > M', 'N'), adjusting('M > N', 'M'), 'A >= 0']
    const read = () => readSpace({ parameters: { A, N, M: N }, constraints })
    expect(read).toThrow(/constraints\.[01]: the defaults violate . > ./)
  })

  test('activating the children of a parent that moved', () => {
    const space = readSpace({
      parameters: {
        BLOCKS: { type: 'ordinal', choices: [1, 2, 3], default: 3 },
        SKIP: { type: 'bool', default: true, when: { BLOCKS: [2, 3] } },
        N,
      },
      constraints: [adjusting('N < 80 or BLOCKS >= 2', 'BLOCKS')],
    })
    expect(repair(space, { BLOCKS: 1, N: 90 })).toMatchObject({
      ok: true,
      params: { BLOCKS: 2, N: 90, SKIP: true },
    })
  })

  test('not at all where nothing may move: it is refused with the expression', () => {
    const space = readSpace({ parameters: { A, N }, constraints: ['A < 0.6', adjusting('N > 100 * A', 'N')] })
    expect(repair(space, { A: 0.7, N: 99 })).toEqual({
      ok: false,
      violated: 'A < 0.6',
      message: expect.stringContaining('violates A < 0.6'),
    })
  })

  test('idempotently, over random configurations', () => {
    const space = readSpace({
      parameters: {
        A,
        B: A,
        N,
        M: { ...N, low: 2, default: 10 },
        H: { type: 'int', low: 1, high: 64, powerOfTwo: true, default: 2 },
      },
      constraints: [
        adjusting('A + B <= 1.2', ['B', 'A']),
        adjusting('N >= M', ['M', 'N']),
        adjusting('M % H == 0', ['H', 'M']),
      ],
    })
    fc.assert(
      fc.property(fc.array(unit, { minLength: 5, maxLength: 5 }), (cube) => {
        const first = repair(space, decode(space, cube))
        if (!first.ok) throw new Error(first.message)
        expect(violated(space, first.params)).toBeNull()
        expect(repair(space, first.params)).toEqual({ ok: true, params: first.params, repairs: [] })
      }),
      { numRuns: 300 },
    )
  })
})
