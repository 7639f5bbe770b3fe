import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { catalogue, readSpace } from '../../search-spaces/index.js'

const page = readFileSync(new URL('../../docs/spaces.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => JSON.parse(text!))

describe('docs/spaces.md', () => {
  test.each(examples)('has an example that can be read: %j', (example) => {
    expect(readSpace(example).searched.length).toBeGreaterThan(0)
  })

  test('lists the catalogue', () => {
    const listed = [...page.matchAll(/^\| `([a-z0-9-]+)` \| (\d+)/gm)].map(([, name, count]) => [
      name,
      Number(count),
    ])
    expect(listed).toEqual(catalogue().map(({ name, parameters }) => [name, parameters]))
  })

  test('quotes faults as they are told', () => {
    const refusals: [string, unknown][] = [
      ['parameters.LR.low', { LR: { type: 'float', low: 0, high: 1, log: true } }],
      ['parameters.STEPS.step', { STEPS: { type: 'int', low: 1, high: 10, step: 4 } }],
    ]
    for (const [path, parameters] of refusals) {
      const quoted = page.split('\n').find((line) => line.startsWith(`${path}: `))!
      expect(() => readSpace({ parameters })).toThrow(quoted)
    }
  })
})
