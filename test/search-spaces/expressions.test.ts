import fc from 'fast-check'
import { evaluate } from 'mathjs/number'
import { describe, expect, test } from 'vitest'
import { derive, expectedMemory, readSpace, repair, SpaceError, violated } from '../../search-spaces/index.js'

const parameters = {
  A: { type: 'float', low: -10, high: 10 },
  B: { type: 'int', low: 1, high: 64 },
  FLAG: { type: 'bool' },
  KIND: { type: 'categorical', choices: ['relu', 'gelu', 'none'] },
  MIXED: { type: 'ordinal', choices: [0.5, 'sqrt', 'log2'] },
} as const

const params = { A: -2.5, B: 12, FLAG: true, KIND: 'gelu', MIXED: 'sqrt' }

function value(expression: string): number | undefined {
  return derive(readSpace({ parameters, derived: { x: expression } }), params).x
}

function holds(expression: string): boolean {
  const space = readSpace({
    parameters,
    constraints: [{ expression, adjust: ['A', 'B', 'FLAG', 'KIND', 'MIXED'] }],
  })
  return violated(space, params) === null
}

describe('an expression', () => {
  test.each([
    ['A + B * 2 - 3 / 4', -2.5 + 24 - 0.75],
    ['-A ^ 2', -6.25],
    ['2 ^ 3 ^ 2', 512],
    ['2 ^ -1', 0.5],
    ['-7 % 3', 2],
    ['7 mod -3', -2],
    ['ceil(A) + floor(A) + round(A)', -2 - 3 - 3],
    ['abs(A) + sqrt(B + 4) + exp(0)', 2.5 + 4 + 1],
    ['log(exp(1)) + log2(8) + log10(1000)', 7],
    ['max(A, B, 3) - min(A, B)', 14.5],
    ['FLAG ? 1 : 2', 1],
    ['KIND == "relu" ? 1 : KIND == "gelu" ? 2 : 3', 2],
    ['0x10 + .5 + 1e2', 116.5],
  ])('%s is %d', (expression, expected) => {
    expect(value(expression)).toBeCloseTo(expected, 12)
  })

  test.each([
    ['A < B', true],
    ['-3 <= A < -2', true],
    ['-3 <= A < -2.5', false],
    ['B > 11 and A > 0', false],
    ['B > 11 or A > 0', true],
    ['not FLAG', false],
    ["KIND == 'gelu'", true],
    ['KIND != "gelu"', false],
    ['MIXED == "sqrt"', true],
    ['MIXED != 0.5', true],
    ['FLAG == true', true],
    ['B / 12 == 1', true],
    ['B + 1e-13 != 12', true],
  ])('%s is %s', (expression, expected) => {
    expect(holds(expression)).toBe(expected)
  })

  test('agrees with mathjs on whatever arithmetic, and has no value where mathjs has no number', () => {
    const leaf = fc.oneof(fc.constantFrom('A', 'B'), fc.integer({ min: 0, max: 20 }).map(String))
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc
          .tuple(tie('tree'), fc.constantFrom('+', '-', '*', '/', '^', 'mod'), tie('tree'))
          .map((p) => `(${p.join(' ')})`),
        fc
          .tuple(fc.constantFrom('abs', 'ceil', 'floor', 'round', 'sqrt', 'exp', 'log', '-'), tie('tree'))
          .map(([f, x]) => `${f}(${x})`),
        fc
          .tuple(fc.constantFrom('max', 'min'), tie('tree'), tie('tree'))
          .map(([f, a, b]) => `${f}(${a}, ${b})`),
      ),
    }))
    let compared = 0
    fc.assert(
      fc.property(
        tree.filter((text) => text.length <= 400),
        (text) => {
          // Behind a switch that is off by default, so that a space with it can be read whatever its value is.
          const space = readSpace({ parameters, derived: { x: `FLAG ? (${text}) : 0` } })
          const { x } = derive(space, { ...params, FLAG: true })
          const expected: number = evaluate(text, params)
          if (x === undefined) return
          expect(Math.abs(x - expected)).toBeLessThanOrEqual(1e-12 * Math.abs(expected))
          compared++
        },
      ),
      { numRuns: 300, seed: 1 }, // mathjs takes what is nearly whole for whole: not every seed would do
    )
    expect(compared).toBeGreaterThan(150)
  })

  test('that is not finite at some step has no value, and what needs it cannot run', () => {
    const space = readSpace({
      parameters: { N: { type: 'int', low: 0, high: 3, default: 1 } },
      derived: { inverse: '1 / N' },
    })
    expect(derive(space, { N: 2 })).toEqual({ inverse: 0.5 })
    expect(derive(space, { N: 0 })).toEqual({})
    expect(violated(space, { N: 0 })).toBe('1 / N')
    expect(repair(space, { N: 0 })).toMatchObject({ ok: false, violated: '1 / N' })
  })

  test.each([
    '1 / N > 5',
    'not (1 / N < 5)',
    '5 < 1 / N',
    'max(1 / N, 9) > 0',
    '0 * (1 / N) == 0',
    '9 ^ (999 / N) > 1',
  ])('%s is not true for N = 0, though infinity would make it so', (expression) => {
    const parameters = { N: { type: 'int', low: 0, high: 1000, log: false, default: 900 } }
    const space = readSpace({
      parameters,
      constraints: [{ expression: `N > 5 or ${expression}`, adjust: 'N' }],
    })
    expect(violated(space, { N: 0 })).not.toBeNull()
    expect(violated(space, { N: 900 })).toBeNull()
  })

  test('uses other derived quantities, in whatever order they are written', () => {
    const derived = { c: 'b * 2', b: 'a + 1', a: 'B' }
    const space = readSpace({
      parameters,
      derived,
      constraints: ['c > 0'],
      memory: { gb: 'c / 2', limitGb: 80 },
    })
    expect(derive(space, params)).toEqual({ a: 12, b: 13, c: 26 })
    expect(expectedMemory(space, params)).toEqual({ gb: 13, limitGb: 80 })
  })

  test('binds only while the parameters that it needs are active', () => {
    const space = readSpace({
      parameters: {
        METHOD: { type: 'categorical', choices: ['full', 'lora'] },
        RANK: { type: 'int', low: 1, high: 9, when: { METHOD: 'lora' } },
      },
      derived: { alpha: 'RANK * 2', layers: 'METHOD == "lora" ? RANK : 48' },
      constraints: ['RANK < 6', 'METHOD == "full" or alpha < 8'],
      memory: { gb: 'alpha', limitGb: 80 },
    })
    expect(derive(space, { METHOD: 'full' })).toEqual({ layers: 48 })
    expect(violated(space, { METHOD: 'full' })).toBeNull()
    expect(expectedMemory(space, { METHOD: 'full' })).toBeNull()
    expect(violated(space, { METHOD: 'lora', RANK: 5 })).toBe('METHOD == "full" or alpha < 8')
    expect(violated(space, { METHOD: 'lora', RANK: 7 })).toBe('RANK < 6')
  })

  test('where a space has no memory model, expects none', () => {
    expect(expectedMemory(readSpace({ parameters }), params)).toBeNull()
  })
})

describe('the names that frameworks use', () => {
  const named = {
    'optim.lr': { type: 'float', low: 1e-4, high: 1, log: true, default: 0.01 },
    'optim.schedule.steps': { type: 'int', low: 1, high: 100, default: 10 },
    'learning-rate': { type: 'float', low: 0, high: 1, default: 0.5 },
    'layers.0.width': { type: 'int', low: 8, high: 64, powerOfTwo: true, default: 16 },
    'svm:kernel': { type: 'categorical', choices: ['rbf', 'a`b'] },
    'model/depth': { type: 'int', low: 1, high: 9, default: 3, when: { 'svm:kernel': 'rbf' } },
  } as const
  const derived = {
    'run.cost': 'optim.lr * optim.schedule.steps',
    plain: '`learning-rate` - `optim.lr` + `layers.0.width`/2',
    chosen: '`svm:kernel` == "a`b" ? 1 : run.cost * `model/depth`',
  }

  test('are read with their dots as they are, and in backticks where they would be arithmetic', () => {
    const space = readSpace({ parameters: named, derived })
    expect(derive(space, space.defaults)).toEqual({
      'run.cost': 0.1,
      plain: 8.49,
      chosen: expect.closeTo(0.3, 12),
    })
    expect(derive(space, { ...space.defaults, 'svm:kernel': 'a`b' }).chosen).toBe(1)
  })

  test('can be adjusted to what must hold', () => {
    const expression = '`layers.0.width` * optim.schedule.steps <= 64'
    const space = readSpace({
      parameters: named,
      constraints: [{ expression, adjust: 'optim.schedule.steps' }],
    })
    expect(space.defaults['optim.schedule.steps']).toBe(4)
    expect(repair(space, { 'optim.schedule.steps': 9, 'layers.0.width': 8 })).toMatchObject({
      params: { 'optim.schedule.steps': 8 },
    })
  })

  test('are told apart from arithmetic by a fault that says how', () => {
    expect(() => readSpace({ parameters: named, constraints: ['learning-rate < 1'] })).toThrow(
      /learning is neither .*; write `learning-rate`, in backticks, if you mean this name/,
    )
  })
})

describe('a hostile expression is refused:', () => {
  // biome-ignore format: a table reads in rows
  const hostile: [string, RegExp][] = [
    ['A.constructor', /A.constructor is neither a parameter/],
    ['A?.constructor', /properties are not allowed|cannot be read/],
    ['`A` + `B', /a name in backticks has no end/],
    ['`constructor` == 1', /constructor is neither/],
    ['A["constructor"]["constructor"]("return process")()', /cannot be read|properties are not allowed/],
    ['cos.constructor("return process")', /is not a function|properties/],
    ['constructor("return process")', /constructor is not a function/],
    ['(A.constructor)("x") > 1', /properties|write every \*/],
    ['import({pi: 3})', /import is not a function/],
    ['createUnit("foo")', /createUnit is not a function/],
    ['evaluate("1 + 1")', /evaluate is not a function/],
    ['parse("A")', /parse is not a function/],
    ['simplify("A")', /simplify is not a function/],
    ['typed("x")', /typed is not a function/],
    ['hasOwnProperty("A")', /hasOwnProperty is not a function/],
    ['toString()', /toString is not a function/],
    ['A(1)', /A is not a function/],
    ['B = 3', /assignments are not allowed/],
    ['A.x = 3', /assignments are not allowed/],
    ['f(x) = f(x)', /function definitions are not allowed/],
    ['A > 1; B > 1', /several expressions in one/],
    ['A > 1\nB > 1', /several expressions in one/],
    ['[A, B]', /lists are not allowed/],
    ['{a: 1}', /objects are not allowed/],
    ['1:1e9', /ranges are not allowed/],
    ['map([1, 2], f(x) = x)', /map is not a function/],
    ['2 A', /write every \*/],
    ['5 cm', /write every \*/],
    ['B!', /operator ! is not allowed/],
    ["A'", /operator ' is not allowed/],
    ['B << 30', /operator << is not allowed/],
    ['A to B', /operator to is not allowed/],
    ['50%', /percentage/],
    ['C > 1', /C is neither a parameter nor a derived quantity/],
    ['__proto__ > 1', /__proto__ is neither/],
    ['constructor == 1', /constructor is neither/],
    ['pi', /pi is neither/],
    ['null', /not a value/],
    ['1e999', /not finite/],
    ['Infinity', /not finite/],
    ['NaN', /not finite/],
    ['A >', /cannot be read/],
    ['"', /cannot be read/],
    ['   ', /empty/],
    ['# nothing', /empty/],
    ['KIND > 1', /needs a number, not a string/],
    ['KIND == 1', /compares a string with a number/],
    ['A and FLAG', /and needs a condition, not a number/],
    ['not A > 3', /not needs a condition/],
    ['A ? 1 : 2', /\? needs a condition/],
    ['FLAG ? 1 : "x"', /chooses between a number and a string/],
    ['max(A)', /max takes two numbers or more/],
    ['log(A, 2)', /log takes one number/],
    ['(1 < A != 3)', /compares|chained/],
  ]
  test.each(hostile)('%j', (expression, message) => {
    const read = () => readSpace({ parameters, derived: { result: expression } })
    expect(read).toThrow(SpaceError)
    expect(read).toThrow(/derived\.result/)
    expect(read).toThrow(message)
  })

  // biome-ignore format: a table reads in rows
  const deep: [string, string][] = [
    ['parentheses', `${'('.repeat(120)}A${')'.repeat(120)}`],
    ['signs', `${'-'.repeat(400)}A`],
    ['sums', `${'A + '.repeat(110)}A`],
    ['powers', `${'2 ^ '.repeat(110)}A`],
  ]
  test.each(deep)('too many %s in each other', (_, expression) => {
    expect(() => readSpace({ parameters, derived: { result: expression } })).toThrow(/nested too deeply/)
  })

  test('one that is too long', () => {
    expect(() => readSpace({ parameters, derived: { x: `A + ${'1'.repeat(500)}` } })).toThrow(
      /derived\.x: .*500/,
    )
  })

  test('a power so high that it is no number', () => {
    const read = () => readSpace({ parameters, constraints: ['9 ^ 9 ^ 9 ^ 9 > B'] })
    expect(read).toThrow(/constraints\.0: .*9 \^ 9 \^ 9 \^ 9 > B/)
  })

  test('a number where a condition should be, and the other way round', () => {
    expect(() => readSpace({ parameters, constraints: ['A + B'] })).toThrow(
      /expected a boolean, got a number/,
    )
    expect(() => readSpace({ parameters, memory: { gb: 'A > 1', limitGb: 1 } })).toThrow(
      /memory\.gb: expected a number/,
    )
    expect(() => readSpace({ parameters, memory: { gb: '1 / 0', limitGb: 1 } })).toThrow(/memory\.gb/)
  })
})
