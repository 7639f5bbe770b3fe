/** The hyperparameters found in the time of an ask are those that a long search finds. */
import { describe, expect, it } from 'vitest'
import type { Observation } from '../../../optimizers/contract.js'
import { fitHyperparameters, negativeLogPosterior } from '../../../optimizers/gp/fit.js'
import { openModels } from '../../../optimizers/gp/model.js'
import { stream } from '../../../optimizers/rng.js'
import { encodingOf, paramsAt } from '../../../optimizers/surrogate/encoding.js'
import { emptyHistory, recordObservation } from '../../../optimizers/surrogate/history.js'
import { snapped } from '../../../optimizers/surrogate/snap.js'
import { spaceNamed, violated } from '../../../search-spaces/index.js'
import { evaluate, landscape } from '../../../trainer/landscape/index.js'

const space = spaceNamed('autoresearch-14')!
const encoding = encodingOf(space)
const ground = landscape()
const WHOLE = 1000

/** What a search leaves behind: trials all over the space first, then ever closer to one configuration. */
function crowding(seed: number, count: number): Observation[] {
  const rng = stream(seed)
  const centre = space.searched.map(({ name, toUnit }) => toUnit(space.defaults[name]!))
  const observations: Observation[] = []
  for (let draw = 0; observations.length < count; draw++) {
    const width = draw < 40 ? 1 : 0.3 * Math.exp(-draw / 150)
    const unit = Float64Array.from(centre, (u) =>
      draw < 40 || rng.uniform() < 0.4 ? Math.min(1, Math.max(0, u + width * (2 * rng.uniform() - 1))) : u,
    )
    const params = paramsAt(encoding, snapped(encoding, unit))
    if (violated(space, params) !== null) continue
    const run = evaluate(ground, params, { seed: seed * 10_000 + draw, memoryLimitGb: 1000 })
    if (run.outcome === 'complete')
      observations.push({
        number: observations.length,
        params,
        result: { outcome: 'complete', value: run.valBpb },
      })
  }
  return observations
}

function modelOf(observations: readonly Observation[]) {
  const history = emptyHistory(encoding)
  for (const observation of observations) recordObservation(history, observation)
  return openModels(history).value()
}

// Counts at which hyperparameters are fitted.
describe.each([60, 154, 276])('a fit to %i observations', (count) => {
  it.each([1, 2, 3])('is as likely as a long search finds it, but for five units (%i)', (seed) => {
    const { hyper, rows, values } = modelOf(crowding(seed, count))
    const data = { count, rows, values }
    const misfit = negativeLogPosterior(encoding, data, WHOLE)
    let long = fitHyperparameters(encoding, data, WHOLE)
    for (let k = 0; k < 4; k++) long = fitHyperparameters(encoding, data, WHOLE, long)
    expect(misfit(hyper) - misfit(long)).toBeLessThan(5)
  })
})

it('is the same however the observations came', () => {
  const observations = crowding(4, 100)
  const history = emptyHistory(encoding)
  const models = openModels(history)
  for (const observation of observations) {
    recordObservation(history, observation)
    if (observation.number % 3 === 0) models.value()
  }
  expect(models.value().hyper).toEqual(modelOf(observations).hyper)
})
