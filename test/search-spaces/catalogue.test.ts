import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  catalogue,
  checkParams,
  expectedMemory,
  readSpace,
  repair,
  spaceNamed,
  spaceSchema,
} from '../../search-spaces/index.js'

describe.each(catalogue())('$name', ({ name, description, parameters }) => {
  const space = spaceNamed(name)!

  test('is in the catalogue under its name, with a description', () => {
    expect(space.spec.name).toBe(name)
    expect(space.parameters).toHaveLength(parameters)
    expect(description.length).toBeGreaterThan(50)
  })

  test('has defaults that need no repair and fit in memory', () => {
    expect(repair(space, space.defaults)).toEqual({ ok: true, params: space.defaults, repairs: [] })
    expect(checkParams(space, space.defaults)).toEqual([])
    const memory = expectedMemory(space, space.defaults)
    if (memory) expect(memory.gb).toBeLessThan(memory.limitGb / 2 + 10)
  })

  test('is read once', () => {
    expect(spaceNamed(name)).toBe(space)
  })
})

test('another name is no space', () => {
  expect(spaceNamed('autoresearch-15')).toBeUndefined()
  expect(spaceNamed('constructor')).toBeUndefined()
})

test('the schema has a JSON schema, with a name for each kind of parameter', () => {
  const schema = z.toJSONSchema(spaceSchema)
  expect(Object.keys(schema.$defs ?? {})).toEqual(
    expect.arrayContaining([
      'Space',
      'Parameter',
      'FloatParameter',
      'IntParameter',
      'FixedParameter',
      'Constraint',
    ]),
  )
})

test('the examples in the schema are spaces', () => {
  const { examples } = spaceSchema.meta() as { examples: unknown[] }
  for (const example of examples) expect(readSpace(example).searched.length).toBeGreaterThan(0)
})
