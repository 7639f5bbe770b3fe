/** The model against NumPy, SciPy and mpmath (golden/make.py), and its slopes against its own differences. */
import { describe, expect, it } from 'vitest'
import type { Beliefs } from '../../../optimizers/contract.js'
import { logPriorAt, priorOf, weightAt } from '../../../optimizers/gp/beliefs.js'
import { encodingOf, pointOf } from '../../../optimizers/gp/encoding.js'
import { logImprovement } from '../../../optimizers/gp/improvement.js'
import type { Hyperparameters } from '../../../optimizers/gp/kernel.js'
import { likelihoodOf, logLikelihoodOf } from '../../../optimizers/gp/likelihood.js'
import { modelWith } from '../../../optimizers/gp/model.js'
import { expectAt, expectMany, expectWithSlopes, meanAtObserved } from '../../../optimizers/gp/posterior.js'
import { logPrior } from '../../../optimizers/gp/priors.js'
import { type Params, readSpace, type SpaceSpec } from '../../../search-spaces/index.js'
import reference from './golden/reference.json' with { type: 'json' }

const encoding = encodingOf(readSpace(reference.space as SpaceSpec))
const [train, test] = [reference.train, reference.test].map((some) =>
  some.map((params) => pointOf(encoding, params as Params)),
)
const { signal, noise } = reference.hyper
const hyper: Hyperparameters = { lengths: Float64Array.from(reference.hyper.lengths), signal, noise }
const values = Float64Array.from(reference.values)
const data = {
  count: values.length,
  rows: Float64Array.from(train!.flatMap(({ columns }) => [...columns])),
  values,
}
const doubts = Float64Array.from(reference.doubts)
const model = modelWith(encoding, hyper, train!, values)

describe('the model is that of the reference', () => {
  it('in its mean and its variance', () => {
    const many = expectMany(model, test!)
    for (const [i, { columns }] of test!.entries()) {
      for (const { mean, variance } of [expectAt(model, columns), many[i]!]) {
        close(mean, reference.mean[i]!)
        close(variance, reference.variance[i]!)
      }
    }
  })

  it('where some values are doubted more than others', () => {
    const { doubted } = reference
    const model = modelWith(encoding, hyper, train!, values, doubts)
    for (const [i, { columns }] of test!.entries()) {
      const { mean, variance } = expectAt(model, columns)
      close(mean, doubted.mean[i]!)
      close(variance, doubted.variance[i]!)
    }
    for (const [i, mean] of doubted.atObserved.entries()) close(meanAtObserved(model, i), mean)
    close(likelihoodOf(encoding, { ...data, doubts })(hyper).value, doubted.logLikelihood)
    close(logLikelihoodOf(encoding, { ...data, doubts })(hyper), doubted.logLikelihood)
  })

  it('in its likelihood and its priors', () => {
    close(likelihoodOf(encoding, data)(hyper).value, reference.logLikelihood)
    close(logLikelihoodOf(encoding, data)(hyper), reference.logLikelihood)
    close(logPrior(hyper), reference.logPrior)
  })

  it('in the logarithm of expected improvement, wherever that underflows', () => {
    for (const { best, mean, variance, log } of reference.improvement) {
      close(logImprovement(best, mean, variance), log)
    }
  })
})

describe('beliefs are those of the reference', () => {
  const prior = priorOf(encoding.space, reference.beliefs as Beliefs, 5)

  it('in their density', () => {
    for (const [i, { unit }] of test!.entries()) close(logPriorAt(prior, unit), reference.logBelief[i]!)
  })

  it('in what they count for: β/n', () => {
    expect([5, 6, 14, 104].map((observed) => weightAt(prior, observed))).toEqual([10, 5, 1, 0.1])
  })
})

describe('slopes are those of differences', () => {
  it.each([
    ['of the likelihood', data],
    ['of the likelihood, where values are doubted', { ...data, doubts }],
  ])('%s', (_, data) => {
    const { slopes } = likelihoodOf(encoding, data)(hyper)
    const at = [...hyper.lengths, hyper.signal, hyper.noise]
    for (const [d, slope] of slopes.entries()) {
      const moved = (h: number) => {
        const x = at.map((t, i) => (i === d ? t + h : t))
        const there = { lengths: Float64Array.from(x.slice(0, -2)), signal: x.at(-2)!, noise: x.at(-1)! }
        return likelihoodOf(encoding, data)(there).value
      }
      expect((moved(1e-5) - moved(-1e-5)) / 2e-5).toBeCloseTo(slope, 6)
    }
  })

  it('of the mean and the variance', () => {
    const { columns } = test![0]!
    const slopes = { mean: new Float64Array(columns.length), variance: new Float64Array(columns.length) }
    expectWithSlopes(model, columns, slopes)
    for (let c = 0; c < encoding.metric; c++) {
      const moved = (h: number) =>
        expectAt(
          model,
          columns.map((x, i) => (i === c ? x + h : x)),
        )
      const [up, down] = [moved(1e-5), moved(-1e-5)]
      expect((up.mean - down.mean) / 2e-5).toBeCloseTo(slopes.mean[c]!, 6)
      expect((up.variance - down.variance) / 2e-5).toBeCloseTo(slopes.variance[c]!, 6)
    }
  })
})

function close(found: number, expected: number): void {
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)))
}
