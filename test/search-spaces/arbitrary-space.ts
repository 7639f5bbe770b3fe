/** Random spaces of every kind of parameter, for property tests. They have no faults by construction. */
import fc from 'fast-check'
import type { ParameterSpec, SpaceSpec } from '../../search-spaces/index.js'

const linearFloat = fc
  .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: -5, max: 6, noNaN: true }))
  .map(
    ([low, exponent]): ParameterSpec => ({
      type: 'float',
      low,
      high: low + 10 ** exponent + 1e-8 * Math.abs(low),
    }),
  )

/** From 1e-40 to 1e40: bounds that are no round numbers, ratios from 1.001 up. */
const logFloat = fc
  .tuple(fc.double({ min: -40, max: 20, noNaN: true }), fc.double({ min: 5e-4, max: 20, noNaN: true }))
  .map(
    ([start, width]): ParameterSpec => ({
      type: 'float',
      low: 10 ** start,
      high: 10 ** (start + width),
      log: true,
    }),
  )

const steppedFloat = fc
  .tuple(
    fc.integer({ min: -1000, max: 1000 }),
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 1, max: 200 }),
    fc.integer({ min: 0, max: 6 }),
  )
  .map(([first, stride, steps, decimals]): ParameterSpec => {
    const tick = 10 ** decimals
    return { type: 'float', low: first / tick, high: (first + stride * steps) / tick, step: stride / tick }
  })

const linearInt = fc
  .tuple(
    fc.integer({ min: -1e6, max: 1e6 }),
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 1, max: 1000 }),
  )
  .map(([low, step, steps]): ParameterSpec => ({ type: 'int', low, high: low + step * steps, step }))

const logInt = fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 0.01, max: 7, noNaN: true })).map(
  ([low, width]): ParameterSpec => ({
    type: 'int',
    low,
    high: low + Math.ceil(low * 10 ** width),
    log: true,
  }),
)

const powerOfTwo = fc
  .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 9 }), fc.boolean())
  .map(([first, count, loose]): ParameterSpec => {
    const low = loose && first > 1 ? 2 ** first - 1 : 2 ** first
    return { type: 'int', low, high: 2 ** (first + count), powerOfTwo: true }
  })

const value = fc.oneof(fc.integer({ min: -100, max: 100 }), fc.string({ maxLength: 8 }), fc.boolean())
const choices = fc.uniqueArray(value, { minLength: 2, maxLength: 12 })

export const parameterSpec: fc.Arbitrary<ParameterSpec> = fc.oneof(
  linearFloat,
  logFloat,
  steppedFloat,
  linearInt,
  logInt,
  powerOfTwo,
  choices.map((choices): ParameterSpec => ({ type: 'ordinal', choices })),
  choices.map((choices): ParameterSpec => ({ type: 'categorical', choices })),
  fc.constant<ParameterSpec>({ type: 'bool' }),
  value.map((value): ParameterSpec => ({ type: 'fixed', value })),
)

const names = fc.uniqueArray(
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,6}$/).map((name) => `${name}_`),
  { minLength: 11, maxLength: 11 },
)

/** Up to ten parameters besides a switch; about half of them depend on the switch, or on one that does. */
export const spaceSpec: fc.Arbitrary<SpaceSpec> = fc
  .tuple(names, fc.array(fc.tuple(parameterSpec, fc.nat(3)), { minLength: 1, maxLength: 10 }))
  .map(([[first, ...rest], members]) => {
    const parameters: Record<string, ParameterSpec> = {
      [first!]: { type: 'categorical', choices: ['a', 'b', 'c'] },
    }
    const parents: [string, string[]][] = [[first!, ['a', 'b', 'c']]]
    members.forEach(([spec, dependence], i) => {
      const [parent, values] = parents[i % parents.length]!
      const when =
        dependence < 2 ? {} : { when: { [parent]: dependence === 2 ? values[0]! : values.slice(0, 2) } }
      parameters[rest[i]!] = { ...spec, ...when }
      if (spec.type === 'categorical' && spec.choices.every((choice) => typeof choice === 'string'))
        parents.push([rest[i]!, spec.choices as string[]])
    })
    return { parameters }
  })

/** Points of the cube, its corners and edges more often than chance would have it. */
export const unit = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 0.5, 2 ** -53, 1 - 2 ** -53) },
)
