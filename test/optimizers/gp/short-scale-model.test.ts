import { describe, expect, it } from 'vitest'
import type { Observation } from '../../../optimizers/contract.js'
import { gp, gpState } from '../../../optimizers/gp/index.js'
import { posteriorAt } from '../../../optimizers/gp/posterior.js'
import { shortScaleModel } from '../../../optimizers/gp/short-scale-model.js'
import { stream } from '../../../optimizers/rng.js'
import { encodingOf } from '../../../optimizers/surrogate/encoding.js'
import { emptyHistory, recordObservation } from '../../../optimizers/surrogate/history.js'
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
const lengthScalesOf = ({ hyper }: typeof likely) => Array.from(hyper.lengthScales, Math.exp)

function told(some: readonly Observation[]) {
  const history = emptyHistory(encodingOf(space))
  for (const observation of some) recordObservation(history, observation)
  return gpState(gp.options({}), 1, history)
}

describe('the model with one short length scale', () => {
  it('is uncertain of every value of a parameter that nothing has varied', () => {
    const short = shortScaleModel(state, Y)
    expect(lengthScalesOf(short)[Y]).toBeCloseTo(0.1, 10)
    expect(lengthScalesOf(short)[X]).toBe(lengthScalesOf(likely)[X])
    const elsewhere = Float64Array.of(0.5, 0.85)
    expect(posteriorAt(short, elsewhere).variance).toBeGreaterThan(
      1.5 * posteriorAt(likely, elsewhere).variance,
    )
  })

  it('agrees with the most likely model where the data determine the length scale', () => {
    const short = shortScaleModel(state, X)
    expect(lengthScalesOf(short)[X]).toBeLessThan(lengthScalesOf(likely)[X]!)
    expect(lengthScalesOf(short)[X]).toBeGreaterThan(lengthScalesOf(likely)[X]! / 2)
    for (const x of [0.1, 0.35, 0.6, 0.85]) {
      const there = Float64Array.of(x, 1)
      expect(posteriorAt(short, there).mean).toBeCloseTo(posteriorAt(likely, there).mean, 2)
    }
  })

  it('is the most likely model while there are too few observations', () => {
    const few = told(observations.slice(0, 3))
    expect(shortScaleModel(few, Y)).toBe(few.models.value())
  })
})
