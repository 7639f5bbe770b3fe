import { describe, expect, test } from 'vitest'
import { type Fault, type ParameterSpec, readSpace, SpaceError } from '../../search-spaces/index.js'

const LR: ParameterSpec = { type: 'float', low: 1e-4, high: 0.1, log: true }
const N: ParameterSpec = { type: 'int', low: 1, high: 10 }
const KIND: ParameterSpec = { type: 'categorical', choices: ['a', 'b'] }

describe('an invalid space is refused with the path and the remedy:', () => {
  // biome-ignore format: a table reads in rows
  const refused: [string, unknown, string, RegExp][] = [
    ['no object', [], '', /expected object/],
    ['null', null, '', /expected object/],
    ['no parameters', {}, 'parameters', /missing/],
    ['nothing in it', { parameters: {} }, 'parameters', /nothing to search/],
    ['nothing to search', { parameters: { A: { type: 'fixed', value: 1 } } }, 'parameters', /nothing to search/],
    ['an unknown field', { parameters: { N }, seed: 1 }, 'seed', /unknown field; the fields here are name, .*parameters/],
    ['a misspelt field', param({ ...N, hihg: 3 }), 'parameters.X.hihg', /unknown field; .* low, high/],
    ['no type', param({ low: 1, high: 2 }), 'parameters.X.type', /expected one of float, int, .* got nothing/],
    ['an unknown type', param({ type: 'double' }), 'parameters.X.type', /expected one of float, int, .* got "double"/],
    ['no parameter at all', param(5), 'parameters.X', /expected object, received number/],
    ['a bound as a string', param({ ...LR, low: '1e-4' }), 'parameters.X.low', /expected number, received string/],
    ['a bound that is missing', param({ type: 'int', low: 1 }), 'parameters.X.high', /missing; expected/],
    ['an infinite bound', param({ ...N, type: 'float', high: Infinity }), 'parameters.X.high', /expected number/],
    ['a bound that is no integer', param({ ...N, high: 2.5 }), 'parameters.X.high', /expected int/],
    ['inverted bounds', param({ ...LR, low: 1 }), 'parameters.X.low', /1 is above high, 0.1; swap them/],
    ['equal bounds', param({ ...N, high: 1 }), 'parameters.X.low', /use {"type": "fixed", "value": 1}/],
    ['bounds too close', param({ type: 'float', low: 1e9, high: 1e9 + 0.1 }), 'parameters.X.high', /too close/],
    ['bounds too far', param({ ...N, high: 1e13 }), 'parameters.X.high', /beyond ±1000000000000; use another unit/],
    ['log with zero', param({ ...LR, low: 0 }), 'parameters.X.low', /0 has no logarithm; .* low > 0/],
    ['log below zero', param({ ...N, low: -1, log: true }), 'parameters.X.low', /no logarithm; .* 1 at least/],
    ['log and step', param({ ...LR, step: 0.01 }), 'parameters.X.step', /drop one/],
    ['a step of nothing', param({ ...N, step: 0 }), 'parameters.X.step', /expected number to be >0/],
    ['a step that does not fit', param({ ...N, step: 4 }), 'parameters.X.step', /from 1 to 10; high could be 9 or 13/],
    ['a fractional one', param({ type: 'float', low: 0, high: 1, step: 0.3 }), 'parameters.X.step', /0.9 or 1.2/],
    ['a step too large', param({ ...N, step: 40 }), 'parameters.X.step', /too large/],
    ['no power of two inside', param({ ...N, low: 9, high: 15, powerOfTwo: true }), 'parameters.X.powerOfTwo', /none is/],
    ['only one', param({ ...N, low: 9, high: 31, powerOfTwo: true }), 'parameters.X.powerOfTwo', /only 16 is; use .*fixed/],
    ['powers of two from zero', param({ ...N, low: 0, powerOfTwo: true }), 'parameters.X.low', /no logarithm/],
    ['powers of two, not log', param({ ...N, powerOfTwo: true, log: false }), 'parameters.X.log', /drop log/],
    ['a choice twice', param({ type: 'ordinal', choices: [1, 2, 1] }), 'parameters.X.choices.2', /1 is listed twice/],
    ['one choice', param({ type: 'categorical', choices: ['a'] }), 'parameters.X.choices', /"fixed", "value": "a"/],
    ['no choice', param({ type: 'categorical', choices: [] }), 'parameters.X.choices', />=1 items/],
    ['null as a choice', param({ type: 'ordinal', choices: [1, null] }), 'parameters.X.choices.1', /a number, a string or/],
    ['a default out of range', param({ ...N, default: 11 }), 'parameters.X.default', /an integer from 1 to 10, got 11/],
    ['a default between steps', param({ ...N, step: 3, default: 3 }), 'parameters.X.default', /in steps of 3, got 3/],
    ['a default that is none', param({ ...KIND, default: 'c' }), 'parameters.X.default', /one of "a", "b", got "c"/],
    ['a default that is no power', param({ ...N, powerOfTwo: true, default: 6 }), 'parameters.X.default', /power of two/],
    ['a name with a space', { parameters: { 'my rate': LR } }, 'parameters.my rate', /expected a name: a letter/],
    ['a name that ends with a dot', { parameters: { 'optim.': LR } }, 'parameters.optim.', /a single \. - \/ or :.*optim\.lr/],
    ['a name with two dots in a row', { parameters: { 'optim..lr': LR } }, 'parameters.optim..lr', /expected a name/],
    ['an empty name', { parameters: { '': LR } }, 'parameters.', /expected a name/],
    ['__proto__', JSON.parse('{"parameters":{"__proto__":{"type":"bool"}}}'), 'parameters.__proto__', /cannot be a name/],
    ['constructor', { parameters: { constructor: LR } }, 'parameters.constructor', /reserved/],
    ['a word of the language', { parameters: { and: LR } }, 'parameters.and', /reserved/],
    ['a name taken twice', { parameters: { N }, derived: { N: '1' } }, 'derived.N', /a parameter already/],
    ['too many', { parameters: Object.fromEntries(numbered(501, N)) }, 'parameters', /501 are too many; 500 at most/],
    ['too many derived', { parameters: { N }, derived: Object.fromEntries(numbered(101, 'N')) }, 'derived', /100 at most/],
  ]
  test.each(refused)('%s', (_, json, path, message) => {
    expect(faultsOf(json)).toContainEqual({ path, message: expect.stringMatching(message) })
  })

  function param(spec: unknown) {
    return { parameters: { X: spec } }
  }
  function numbered<T>(n: number, item: T): [string, T][] {
    return Array.from({ length: n }, (_, i) => [`P${i}`, item])
  }
})

describe('a condition is refused', () => {
  const conditional = (when: object, more: object = {}) => ({
    parameters: { KIND, LR, N: { ...N, when }, ...more },
  })

  test('on a parameter that is not there', () => {
    const [fault] = faultsOf(conditional({ KINDS: 'a' }))
    expect(fault).toEqual({ path: 'parameters.N.when.KINDS', message: 'there is no parameter KINDS' })
  })
  test('on a value that its parent never has', () => {
    const [fault] = faultsOf(conditional({ KIND: ['a', 'c'] }))
    expect(fault).toEqual({
      path: 'parameters.N.when.KIND',
      message: 'KIND is never "c"; it is one of "a", "b"',
    })
  })
  test('on one exact value of a continuous parent', () => {
    const [fault] = faultsOf(conditional({ LR: 0.01 }))
    expect(fault).toMatchObject({
      path: 'parameters.N.when.LR',
      message: expect.stringMatching(/give it a step/),
    })
  })
  test('on itself', () => {
    expect(faultsOf(conditional({ N: 1 }))[0]!.message).toMatch(/N → N/)
  })
  test('in a cycle, which is named', () => {
    const [fault] = faultsOf({
      parameters: {
        A: { type: 'bool', when: { C: true } },
        B: { type: 'bool', when: { A: true } },
        C: { type: 'bool', when: { B: true } },
      },
    })
    expect(fault!.path).toBe('parameters.A.when')
    expect(fault!.message).toMatch(/A → C → B → A/)
  })
  test('on __proto__', () => {
    const json = JSON.parse('{"parameters":{"A":{"type":"bool","when":{"__proto__":1}}}}')
    expect(faultsOf(json)[0]!.path).toBe('parameters.A.when.__proto__')
  })
  test('without a value', () => {
    expect(faultsOf(conditional({ KIND: [] }))[0]).toMatchObject({ path: 'parameters.N.when.KIND' })
  })
})

describe('a constraint is refused', () => {
  const A: ParameterSpec = { type: 'float', low: 0, high: 1 }

  test('that no configuration satisfies, with the expression', () => {
    const [fault] = faultsOf({
      parameters: { A, N },
      constraints: ['A >= 0', { expression: 'N > 10', adjust: 'N' }],
    })
    expect(fault!.path).toBe('constraints.1')
    expect(fault!.message).toContain('N > 10')
  })
  test('that the defaults satisfy and hardly anything else', () => {
    const [fault] = faultsOf({ parameters: { A: { ...A, default: 0.25 } }, constraints: ['A == 0.25'] })
    expect(fault!.path).toBe('constraints.0')
    expect(fault!.message).toMatch(/none of 4096 configurations drawn satisfies A == 0.25/)
  })
  test('that the defaults violate with no way to repair them', () => {
    const [fault] = faultsOf({ parameters: { A }, constraints: ['A > 0.6'] })
    expect(fault).toMatchObject({
      path: 'constraints.0',
      message: expect.stringMatching(/defaults violate A > 0.6/),
    })
  })
  test('that adjusts a parameter that is not there', () => {
    const [fault] = faultsOf({ parameters: { A }, constraints: [{ expression: 'A > 0', adjust: 'B' }] })
    expect(fault).toEqual({ path: 'constraints.0.adjust', message: 'there is no parameter B' })
  })
  test('of another shape', () => {
    expect(faultsOf({ parameters: { A }, constraints: [7] })[0]).toMatchObject({ path: 'constraints.0' })
  })
})

describe('what is derived is refused', () => {
  test('in a cycle, which is named', () => {
    const [fault] = faultsOf({ parameters: { N }, derived: { a: 'b + 1', b: 'c', c: 'N + a' } })
    expect(fault!.path).toBe('derived.a')
    expect(fault!.message).toMatch(/a → b → c → a/)
  })
  test('where it is nowhere a finite number', () => {
    const [fault] = faultsOf({ parameters: { N }, derived: { a: 'log(-N)' } })
    expect(fault!.path).toBe('derived.a')
  })
  test('where it is no number', () => {
    const [fault] = faultsOf({ parameters: { N }, derived: { a: 'N > 1' } })
    expect(fault).toMatchObject({
      path: 'derived.a',
      message: expect.stringMatching(/expected a number, got a boolean/),
    })
  })
})

describe('a space made to exhaust resources is refused:', () => {
  const chain = (n: number, link: (i: number) => ParameterSpec) =>
    Object.fromEntries(Array.from({ length: n }, (_, i) => [`P${i}`, link(i)]))
  const nested = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)

  test('with a chain of twenty thousand conditions', () => {
    const parameters = chain(20_000, (i) => ({
      type: 'bool',
      when: i > 0 ? { [`P${i - 1}`]: true } : undefined,
    }))
    expect(faultsOf({ parameters })).toEqual([
      { path: 'parameters', message: '20000 are too many; 500 at most' },
    ])
  })
  test('with deeply nested lists', () => {
    expect(faultsOf({ parameters: { A: { type: nested } } })[0]!.message).toMatch(/got a list/)
    expect(faultsOf({ parameters: nested })[0]!.path).toBe('parameters')
    expect(faultsOf({ parameters: { N }, constraints: nested })[0]!.path).toBe('constraints.0')
  })
  test('with constraints that no repair satisfies', () => {
    const parameters = {
      FLAG: { type: 'bool' },
      ...chain(60, () => ({ ...N, high: 1000, when: { FLAG: [true, false] } })),
    }
    const names = Object.keys(parameters).slice(1, 11)
    const constraints = names.map((name, i) => ({ expression: `${name} * P59 == ${i} - 7.5`, adjust: names }))
    expect(faultsOf({ parameters, constraints })[0]!.path).toBe('constraints.0')
  })
  test('though one chain of five hundred is fine', () => {
    const parameters = chain(500, (i) => ({
      type: 'bool',
      default: true,
      when: i > 0 ? { [`P${i - 1}`]: true } : undefined,
    }))
    expect(Object.keys(readSpace({ parameters }).defaults)).toHaveLength(500)
  })
})

test('every fault is told at once', () => {
  const faults = faultsOf({
    parameters: {
      A: { type: 'float', low: 1, high: 0 },
      B: { type: 'int', low: 0, high: 8, log: true },
      toString: N,
    },
  })
  expect(faults.map(({ path }) => path).sort()).toEqual([
    'parameters.A.low',
    'parameters.B.low',
    'parameters.toString',
  ])
})

test('the order of names carries no meaning, their content does', () => {
  const space = readSpace({ name: 'x', parameters: { B: N, A: { ...LR, when: { B: [1, 2] } } } })
  const same = readSpace({
    parameters: { A: { ...LR, when: { B: [1, 2] }, description: 'a rate' }, B: { ...N, log: false } },
  })
  expect(space.parameters.map(({ name }) => name)).toEqual(['B', 'A'])
  expect(same.searched.map(({ name }) => name)).toEqual(space.searched.map(({ name }) => name))
  expect(same.fingerprint).toBe(space.fingerprint)
  for (const other of [
    { ...N, high: 11 },
    { ...N, log: true },
    { ...N, default: 3 },
  ])
    expect(readSpace({ parameters: { B: other, A: LR } }).fingerprint).not.toBe(space.fingerprint)
})

test('a space reads the same from its own spec', () => {
  const space = readSpace({
    parameters: { N, LR },
    constraints: ['N * LR < 0.9'],
    memory: { gb: 'N', limitGb: 9 },
  })
  const again = readSpace(JSON.parse(JSON.stringify(space.spec)))
  expect(again.fingerprint).toBe(space.fingerprint)
  expect(again.defaults).toEqual(space.defaults)
})

test('a default that another language computed is the step', () => {
  const DROP: ParameterSpec = { type: 'float', low: 0, high: 0.5, step: 0.1, default: 0.1 + 0.2 }
  expect(readSpace({ parameters: { DROP } }).defaults).toEqual({ DROP: 0.3 })
})

test('defaults are the middle of a range, on its scale and its grid, where none is given', () => {
  const { defaults } = readSpace({
    parameters: {
      LR,
      N,
      KIND,
      FLAG: { type: 'bool' },
      SIZE: { type: 'ordinal', choices: ['s', 'm', 'l'] },
      WIDTH: { type: 'int', low: 64, high: 256, powerOfTwo: true },
    },
  })
  expect(defaults).toEqual({ FLAG: false, KIND: 'a', LR: 0.00316227766017, N: 6, SIZE: 'm', WIDTH: 128 })
})

function faultsOf(json: unknown): readonly Fault[] {
  try {
    readSpace(json)
  } catch (error) {
    if (error instanceof SpaceError) return error.faults
    throw error
  }
  throw new Error('not refused')
}
