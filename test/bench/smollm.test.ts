import { describe, expect, it } from 'vitest'
import { failuresOf } from '../../bench/experiments/run-experiment.js'
import { armsTable, callsTable, measureSmollm } from '../../bench/smollm/index.js'
import { smollmEnvironment } from '../../bench/smollm/model-server.js'
import { markdown } from '../../bench/table.js'

const lacks = await smollmEnvironment((line) => console.log(line)).then(
  () => undefined,
  (error: Error) => {
    if (process.env.CI) throw error
    return error.message
  },
)
if (lacks !== undefined) console.warn(`without its wheels the real model is not asked: ${lacks}`)

describe.skipIf(lacks !== undefined)('the subject smollm', { timeout: 600_000 }, () => {
  it('runs the real model beside its controls, and counts what it answered', async () => {
    const size = { trials: 12, seeds: 1 }
    const { ended, called } = await measureSmollm(size, () => {})
    expect(failuresOf(ended)).toEqual([])
    expect(ended.cells).toHaveLength(9)
    expect(called.find(({ arm }) => arm === 'llm-1')).toMatchObject({ calls: 2 })
    expect(markdown(armsTable(ended, size))).toMatch(/\| llm-1 +\| +0\.9/)
    expect(markdown(callsTable(called))).toMatch(/\| llm-1 +\| +2 \|/)
  })
})
