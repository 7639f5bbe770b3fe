import { describe, expect, it } from 'vitest'
import { axesOf, coordinates, logPrior } from '../../../optimizers/tpe/axis.js'
import { blocksOf } from '../../../optimizers/tpe/block.js'
import { densityOf } from '../../../optimizers/tpe/estimate.js'
import { emptyHistory, recordObservation } from '../../../optimizers/tpe/history.js'
import { readOptions } from '../../../optimizers/tpe/options.js'
import { logDensity } from '../../../optimizers/tpe/parzen.js'
import { addRow, emptySample } from '../../../optimizers/tpe/sample.js'
import { weightsByOption } from '../../../optimizers/tpe/weights.js'
import { type Params, readSpace } from '../../../search-spaces/index.js'
import golden from './golden/parzen.json' with { type: 'json' }

describe(`densities equal those of Optuna ${golden.versions.optuna}`, () => {
  it.each(golden.cases)('$name', (golden) => {
    const space = readSpace({ parameters: golden.parameters })
    const { multivariate, magic, prior: priorWeight, weights } = golden
    const options = readOptions({
      multivariate,
      priorWeight,
      weights,
      bandwidth: {
        rule: multivariate ? 'range' : 'neighbours',
        factor: 0.2,
        ...(magic ? { minimum: 0.01, magicExponent: 1 } : { minimum: 1e-12, magicExponent: null }),
      },
    })
    const axes = axesOf(space)
    const history = emptyHistory(axes)
    for (const [number, params] of golden.observations.entries()) {
      recordObservation(history, {
        number,
        params: params as Params,
        result: { outcome: 'complete', value: 0 },
      })
    }

    let compared = 0
    for (const block of blocksOf(axes, multivariate)) {
      const names = block.axes.map(({ parameter }) => parameter.name)
      const expected = golden.blocks.find((one) =>
        names.every((name) => one.names.includes(name)),
      )!.logDensity
      const sample = emptySample(block)
      for (const row of golden.observations.keys()) addRow(sample, history, row)
      const density = densityOf(history, sample, options, weightsByOption(options))
      for (const [i, query] of golden.queries.entries()) {
        const at = coordinates(block.axes, query as Params)
        const got = logDensity(density, at, logPrior(block.axes, at, at.length))
        expect(Math.abs(got - expected[i]!), `${names} at ${JSON.stringify(query)}: ${got}`).toBeLessThan(
          1e-9,
        )
        compared++
      }
    }
    expect(compared).toBe(golden.queries.length * golden.blocks.length)
  })
})
