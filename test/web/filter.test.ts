import { describe, expect, test } from 'vitest'
import { compileFilter, type FilterValue } from '../../web/data/filter.js'

const trials: readonly Readonly<Record<string, FilterValue>>[] = [
  { number: 0, value: 0.99, source: 'default', DEPTH: 8 },
  { number: 1, value: 0.97, source: 'cma-es', DEPTH: 12 },
  { number: 2, failure: 'oom', source: 'expert', DEPTH: 20 },
]
const fields = new Set(['number', 'value', 'source', 'failure', 'DEPTH'])
const passing = (expression: string) => {
  const passes = compileFilter(expression, fields, (field, row) => trials[row]![field])
  return trials.flatMap(({ number }, row) => (passes(row) ? [number] : []))
}

describe('a filter', () => {
  test.each<[string, number[]]>([
    ['', [0, 1, 2]],
    ['value < 0.98', [1]],
    ['value >= .97 and DEPTH = 8', [0]],
    ['failure = oom', [2]],
    ['not failure = oom', [0, 1]],
    ['failure != oom', [0, 1]],
    ['source ~ CMA or source = "expert"', [1, 2]],
    ['(DEPTH > 9 or value > .98) and not source = "cma-es"', [0, 2]],
    ['DEPTH<=12', [0, 1]],
  ])('%s', (expression, numbers) => {
    expect(passing(expression)).toEqual(numbers)
  })

  test.each<[string, string]>([
    ['depth > 3', 'there is no column "depth"'],
    ['value <', 'value < needs a value'],
    ['value', 'after value comes one of'],
    ['(value < 1', 'a bracket is not closed'],
    ['value < 1 DEPTH > 2', '"DEPTH" is not expected here'],
    ['value < "a', 'cannot be read'],
  ])('says what is wrong with %s', (expression, message) => {
    expect(() => passing(expression)).toThrow(message)
  })
})
