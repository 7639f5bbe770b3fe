import { describe, expect, it } from 'vitest'
import type { Observation } from '../../../optimizers/contract.js'
import { encodingOf } from '../../../optimizers/gp/encoding.js'
import { emptyHistory, record } from '../../../optimizers/gp/history.js'
import { gp, gpState } from '../../../optimizers/gp/index.js'
import { expectAt } from '../../../optimizers/gp/posterior.js'
import { scepticOf } from '../../../optimizers/gp/sceptic.js'
import { stream } from '../../../optimizers/rng.js'
import { readSpace } from '../../../search-spaces/index.js'

const space = readSpace({
  parameters: { X: { type: 'float', low: 0, high: 1 }, Y: { type: 'float', low: 0, high: 1 } },
})
const [X, Y] = [0, 1]

/** A wave along X, and nothing is known of Y but at one of its bounds. */
const rng = stream(3)
const observations = Array.from({ length: 30 }, (_, number): Observation => {
  const params = { X: rng.uniform(), Y: 1 }
  return { number, params, result: { outcome: 'complete', value: Math.sin(9 * params.X) } }
})
const state = told(observations)
const likely = state.models.value()
const lengthsOf = ({ hyper }: typeof likely) => Array.from(hyper.lengths, Math.exp)

function told(some: readonly Observation[]) {
  const history = emptyHistory(encodingOf(space))
  for (const observation of some) record(history, observation)
  return gpState(gp.options({}), 1, history)
}

describe('the sceptic', () => {
  it('is sure of no value of a parameter that nothing has varied', () => {
    const sceptic = scepticOf(state, Y)
    expect(lengthsOf(sceptic)[Y]).toBeCloseTo(0.1, 10)
    expect(lengthsOf(sceptic)[X]).toBe(lengthsOf(likely)[X])
    const elsewhere = Float64Array.of(0.5, 0.85)
    expect(expectAt(sceptic, elsewhere).variance).toBeGreaterThan(1.5 * expectAt(likely, elsewhere).variance)
  })

  it('sees what everybody sees where that is known', () => {
    const sceptic = scepticOf(state, X)
    expect(lengthsOf(sceptic)[X]).toBeLessThan(lengthsOf(likely)[X]!)
    expect(lengthsOf(sceptic)[X]).toBeGreaterThan(lengthsOf(likely)[X]! / 2)
    for (const x of [0.1, 0.35, 0.6, 0.85]) {
      const there = Float64Array.of(x, 1)
      expect(expectAt(sceptic, there).mean).toBeCloseTo(expectAt(likely, there).mean, 2)
    }
  })

  it('doubts nothing before there is anything to doubt', () => {
    const few = told(observations.slice(0, 3))
    expect(scepticOf(few, Y)).toBe(few.models.value())
  })
})
