/** The model against NumPy, SciPy and mpmath (golden/make.py), and its gradients against its own differences. */
import { describe, expect, it } from 'vitest'
import type { Beliefs } from '../../../optimizers/contract.js'
import type { Hyperparameters } from '../../../optimizers/gp/kernel.js'
import { likelihoodOf, logLikelihoodOf } from '../../../optimizers/gp/likelihood.js'
import { modelWith } from '../../../optimizers/gp/model.js'
import {
  meanAtObserved,
  posteriorAt,
  posteriorAtMany,
  posteriorWithGradient,
} from '../../../optimizers/gp/posterior.js'
import { logPrior } from '../../../optimizers/gp/priors.js'
import { logPriorAt, priorOf, priorWeight } from '../../../optimizers/surrogate/beliefs.js'
import { encodingOf, pointOf } from '../../../optimizers/surrogate/encoding.js'
import { logExpectedImprovement } from '../../../optimizers/surrogate/expected-improvement.js'
import { type Params, readSpace, type SpaceSpec } from '../../../search-spaces/index.js'
import reference from './golden/reference.json' with { type: 'json' }

const encoding = encodingOf(readSpace(reference.space as SpaceSpec))
const [train, test] = [reference.train, reference.test].map((some) =>
  some.map((params) => pointOf(encoding, params as Params)),
)
const { signal, noise } = reference.hyper
const hyper: Hyperparameters = {
  lengthScales: Float64Array.from(reference.hyper.lengths),
  signal,
  noise,
}
const values = Float64Array.from(reference.values)
const data = {
  count: values.length,
  rows: Float64Array.from(train!.flatMap(({ columns }) => [...columns])),
  values,
}
const noiseVariances = Float64Array.from(reference.doubts)
const model = modelWith(encoding, hyper, train!, values)

describe('the model is that of the reference', () => {
  it('in its mean and its variance', () => {
    const many = posteriorAtMany(model, test!)
    for (const [i, { columns }] of test!.entries()) {
      for (const { mean, variance } of [posteriorAt(model, columns), many[i]!]) {
        close(mean, reference.mean[i]!)
        close(variance, reference.variance[i]!)
      }
    }
  })

  it('where some values have noise variances of their own', () => {
    const { doubted } = reference
    const model = modelWith(encoding, hyper, train!, values, noiseVariances)
    for (const [i, { columns }] of test!.entries()) {
      const { mean, variance } = posteriorAt(model, columns)
      close(mean, doubted.mean[i]!)
      close(variance, doubted.variance[i]!)
    }
    for (const [i, mean] of doubted.atObserved.entries()) close(meanAtObserved(model, i), mean)
    close(likelihoodOf(encoding, { ...data, noiseVariances })(hyper).value, doubted.logLikelihood)
    close(logLikelihoodOf(encoding, { ...data, noiseVariances })(hyper), doubted.logLikelihood)
  })

  it('in its likelihood and its priors', () => {
    close(likelihoodOf(encoding, data)(hyper).value, reference.logLikelihood)
    close(logLikelihoodOf(encoding, data)(hyper), reference.logLikelihood)
    close(logPrior(hyper), reference.logPrior)
  })

  it('in the logarithm of expected improvement, wherever that underflows', () => {
    for (const { best, mean, variance, log } of reference.improvement) {
      close(logExpectedImprovement(best, mean, variance), log)
    }
  })
})

describe('beliefs are those of the reference', () => {
  const prior = priorOf(encoding.space, reference.beliefs as Beliefs, 5)

  it('in their density', () => {
    for (const [i, { unit }] of test!.entries()) close(logPriorAt(prior, unit), reference.logBelief[i]!)
  })

  it('in what they count for: β/n', () => {
    expect([5, 6, 14, 104].map((observed) => priorWeight(prior, observed))).toEqual([10, 5, 1, 0.1])
  })
})

describe('gradients are those of differences', () => {
  it.each([
    ['of the likelihood', data],
    ['of the likelihood, with noise variances', { ...data, noiseVariances }],
  ])('%s', (_, data) => {
    const { gradient } = likelihoodOf(encoding, data)(hyper)
    const at = [...hyper.lengthScales, hyper.signal, hyper.noise]
    for (const [d, slope] of gradient.entries()) {
      const moved = (h: number) => {
        const x = at.map((t, i) => (i === d ? t + h : t))
        const there = { lengthScales: Float64Array.from(x.slice(0, -2)), signal: x.at(-2)!, noise: x.at(-1)! }
        return likelihoodOf(encoding, data)(there).value
      }
      expect((moved(1e-5) - moved(-1e-5)) / 2e-5).toBeCloseTo(slope, 6)
    }
  })

  it('of the mean and the variance', () => {
    const { columns } = test![0]!
    const gradient = { mean: new Float64Array(columns.length), variance: new Float64Array(columns.length) }
    posteriorWithGradient(model, columns, gradient)
    for (let c = 0; c < encoding.metric; c++) {
      const moved = (h: number) =>
        posteriorAt(
          model,
          columns.map((x, i) => (i === c ? x + h : x)),
        )
      const [up, down] = [moved(1e-5), moved(-1e-5)]
      expect((up.mean - down.mean) / 2e-5).toBeCloseTo(gradient.mean[c]!, 6)
      expect((up.variance - down.variance) / 2e-5).toBeCloseTo(gradient.variance[c]!, 6)
    }
  })
})

function close(found: number, expected: number): void {
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)))
}
