import { expect, test } from 'vitest'
import { checkGivenParams, checkParams, readSpace, repair } from '../../search-spaces/index.js'

const space = readSpace({
  parameters: {
    LR: { type: 'float', low: 1e-4, high: 0.1, log: true },
    DROP: { type: 'float', low: 0, high: 0.5, step: 0.1 },
    LAYERS: { type: 'int', low: 2, high: 20, default: 8 },
    KIND: { type: 'categorical', choices: ['relu', 'swiglu'] },
    GATE: { type: 'int', low: 1, high: 4, when: { KIND: 'swiglu' } },
    SEED: { type: 'fixed', value: 42 },
  },
  constraints: ['LAYERS * LR < 1'],
})
const fine = { LR: 0.01, DROP: 0.3, LAYERS: 8, KIND: 'relu', SEED: 42 }

test('what could have run has no faults', () => {
  expect(checkParams(space, fine)).toEqual([])
  expect(checkParams(space, { ...fine, KIND: 'swiglu', GATE: 4 })).toEqual([])
  expect(checkParams(space, { ...fine, LR: 0.01234567890123456 })).toEqual([])
})

test('a step that another language computed is the step, for conditions and constraints too', () => {
  expect(checkParams(space, { ...fine, DROP: 0.1 + 0.2 })).toEqual([])
  const stepped = readSpace({
    parameters: {
      DROP: { type: 'float', low: 0, high: 0.5, step: 0.1 },
      NOISE: { type: 'bool', when: { DROP: 0.3 } },
    },
    constraints: ['DROP <= 0.3 or DROP > 0.45'],
  })
  expect(checkParams(stepped, { DROP: 0.1 + 0.2, NOISE: true })).toEqual([])
})

// biome-ignore format: a table reads in rows
const wrong: [string, object, string, string][] = [
  ['unknown', { lr: 1 }, 'lr', 'this space has no such parameter'],
  ['missing', { LR: undefined }, 'LR', 'missing; expected a number from 0.0001 to 0.1'],
  ['of the wrong kind', { LAYERS: '8' }, 'LAYERS', 'expected an integer from 2 to 20, got "8"'],
  ['not a number', { LR: Number.NaN }, 'LR', 'expected a number from 0.0001 to 0.1, got NaN'],
  ['nested', { LR: [[1]] }, 'LR', 'expected a number from 0.0001 to 0.1, got a list'],
  ['null', { KIND: null }, 'KIND', 'expected one of "relu", "swiglu", got null'],
  ['out of range', { LAYERS: 21 }, 'LAYERS', 'expected an integer from 2 to 20, got 21'],
  ['off the grid', { DROP: 0.25 }, 'DROP', 'expected a number from 0 to 0.5 in steps of 0.1, got 0.25'],
  ['not whole', { LAYERS: 2.5 }, 'LAYERS', 'expected an integer from 2 to 20, got 2.5'],
  ['not active', { GATE: 2 }, 'GATE', 'it is active only while KIND is "swiglu"; leave it out'],
  ['active, and missing', { KIND: 'swiglu' }, 'GATE', 'missing; expected an integer from 1 to 4'],
  ['not what is fixed', { SEED: 7 }, 'SEED', 'expected 42, fixed, got 7'],
  ['forbidden', { LAYERS: 20, LR: 0.09 }, '', 'violates LAYERS * LR < 1'],
]
test.each(wrong)('what is %s is a fault', (_, change, path, message) => {
  expect(checkParams(space, { ...fine, ...change })).toEqual([{ path, message }])
})

test('a fault in a parent is told once, not again for its children', () => {
  expect(checkParams(space, { ...fine, KIND: 'gelu', GATE: 2 })).toHaveLength(1)
})

test('every fault is told at once', () => {
  const faults = checkParams(space, JSON.parse('{"LR": 7, "LAYERS": 0, "__proto__": 1, "toString": 2}'))
  expect(faults.map(({ path }) => path)).toEqual([
    'DROP',
    'KIND',
    'LAYERS',
    'LR',
    'SEED',
    '__proto__',
    'toString',
  ])
})

test.each([null, [], 'x', undefined])('%j is no configuration', (given) => {
  expect(checkParams(space, given)).toEqual([expect.objectContaining({ path: '' })])
})

test.each([{}, { LAYERS: 20 }, { KIND: 'swiglu' }, { LR: 0.09 }, fine])(
  '%j may leave the rest to defaults, which move where a constraint wants it',
  (given) => {
    expect(checkGivenParams(space, given)).toEqual([])
    expect(repair(space, given)).toMatchObject({ ok: true, params: given })
  },
)

// biome-ignore format: a table reads in rows
const given: [string, object, string, string][] = [
  ['unknown', { lr: 1 }, 'lr', 'this space has no such parameter'],
  ['of the wrong kind', { LAYERS: 'deep' }, 'LAYERS', 'expected an integer from 2 to 20, got "deep"'],
  ['a number in a text', { LAYERS: '8' }, 'LAYERS', 'expected an integer from 2 to 20, got "8"; the nearest is 8'],
  ['out of range', { LAYERS: 21 }, 'LAYERS', 'expected an integer from 2 to 20, got 21; the nearest is 20'],
  ['off the grid', { DROP: 0.28 }, 'DROP', 'expected a number from 0 to 0.5 in steps of 0.1, got 0.28; the nearest is 0.3'],
  ['no choice', { KIND: 'gelu' }, 'KIND', 'expected one of "relu", "swiglu", got "gelu"'],
  ['not active', { GATE: 2 }, 'GATE', 'it is active only while KIND is "swiglu"; leave it out'],
  ['not what is fixed', { SEED: 7 }, 'SEED', 'expected 42, fixed, got 7'],
  ['forbidden', { LAYERS: 20, LR: 0.09 }, '', 'violates LAYERS * LR < 1, and no parameter that may move can mend it'],
]
test.each(given)('a given value that is %s is a fault', (_, given, path, message) => {
  expect(checkGivenParams(space, given)).toEqual([{ path, message }])
})

test('a given value that a constraint would move is a fault, and one that is left to its default moves', () => {
  const parameters = { a: { type: 'int', low: 1, high: 8, default: 8 }, b: { type: 'int', low: 1, high: 8 } }
  const heads = readSpace({ parameters, constraints: [{ expression: 'a + b <= 8', adjust: 'a' }] })
  expect(checkGivenParams(heads, { b: 5 })).toEqual([])
  expect(checkGivenParams(heads, { a: 6, b: 5 })).toEqual([
    { path: 'a', message: '6 violates a + b <= 8; the nearest that does not is 3' },
  ])
})
