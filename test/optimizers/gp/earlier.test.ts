/** What gp makes of earlier studies, of other spaces and other scales. */
import { describe, expect, it } from 'vitest'
import type { EarlierStudy } from '../../../optimizers/contract.js'
import { foreignPoint } from '../../../optimizers/gp/earlier.js'
import { defaultHyperparameters } from '../../../optimizers/gp/fit.js'
import { gp } from '../../../optimizers/gp/index.js'
import { covariances, kernelOf, priorVariance } from '../../../optimizers/gp/kernel.js'
import { likelihoodOf, logLikelihoodOf } from '../../../optimizers/gp/likelihood.js'
import { modelWith } from '../../../optimizers/gp/model.js'
import { posteriorAt, posteriorWithGradient } from '../../../optimizers/gp/posterior.js'
import { posteriorAmong } from '../../../optimizers/gp/posterior-among.js'
import { stream } from '../../../optimizers/rng.js'
import { encodingOf, pointAt, pointOf } from '../../../optimizers/surrogate/encoding.js'
import { type Params, readSpace, type Space } from '../../../search-spaces/index.js'

const space = readSpace({
  parameters: {
    LR: { type: 'float', low: 1e-4, high: 1, log: true },
    WIDTH: { type: 'int', low: 64, high: 512, default: 128 },
    DROP: { type: 'float', low: 0, high: 1, default: 0.5 },
    KIND: { type: 'categorical', choices: ['a', 'b', 'c'] },
    BATCH: { type: 'int', low: 8, high: 256, powerOfTwo: true },
    DECAY: { type: 'float', low: 0, high: 1 },
  },
})

/** The best is at LR .05, WIDTH 300, KIND b. */
function loss({ LR, WIDTH, DROP, KIND, BATCH, DECAY = 0.3 }: Params): number {
  return (
    (Math.log10(LR as number) + 1.3) ** 2 +
    (((WIDTH as number) - 300) / 200) ** 2 +
    ((DROP as number) - 0.2) ** 2 +
    (KIND === 'b' ? 0 : 0.5) +
    (Math.log2(BATCH as number) - 5) ** 2 / 10 +
    ((DECAY as number) - 0.3) ** 2
  )
}

/** On another card: narrower models, larger losses, a choice more, a parameter less. */
const smaller = readSpace({
  parameters: {
    LR: { type: 'float', low: 1e-3, high: 10, log: true },
    WIDTH: { type: 'int', low: 16, high: 256 },
    DROP: { type: 'float', low: 0, high: 1 },
    KIND: { type: 'categorical', choices: ['b', 'c', 'd'] },
    BATCH: { type: 'int', low: 4, high: 64, powerOfTwo: true },
  },
})

const elsewhere = (params: Params) =>
  7 + 3 * loss(params) + 0.4 * Math.abs(Math.log2((params.WIDTH as number) / 128))

function trialsOf(where: Space, value: (params: Params) => number, seed: number, count: number) {
  const run = gp.open(where, gp.options({}), seed)
  return Array.from({ length: count }, (_, number) => {
    const [{ params }] = run.ask({ number, count: 1, pending: [] }) as [{ params: Params }]
    run.tell([{ number, params, result: { outcome: 'complete', value: value(params) } }])
    return { params, value: value(params) }
  })
}

const least = (trials: readonly { readonly value: number }[]) => Math.min(...trials.map(({ value }) => value))

const earlier: EarlierStudy = { study: 'smaller', trials: trialsOf(smaller, elsewhere, 3, 40) }

function search(known: readonly EarlierStudy[], seed: number) {
  const run = gp.open(space, gp.options({}), seed, undefined, known)
  const next = (number: number) => {
    const [{ params }] = run.ask({ number, count: 1, pending: [] }) as [{ params: Params }]
    run.tell([{ number, params, result: { outcome: 'complete', value: loss(params) } }])
    return { params, value: loss(params) }
  }
  return { run, next, trials: (count: number) => Array.from({ length: count }, (_, i) => next(i)) }
}

describe('an earlier study', () => {
  it('of another space and scale saves most of the first trials', () => {
    for (const seed of [1, 2, 3]) {
      const { run, trials } = search([earlier], seed)
      expect(least(trials(9))).toBeLessThan(0.7 * least(search([], seed).trials(9)))
      const [used, ...more] = run.describe().earlier!
      expect(used).toEqual({ study: 'smaller', trials: 40, weight: expect.any(Number) })
      expect(used!.weight).toBeGreaterThan(0.3)
      expect(more).toEqual([])
    }
  })

  it('that misleads is left aside, and costs a trial or two', () => {
    const opposite = {
      study: 'opposite',
      trials: earlier.trials.map(({ params, value }) => ({ params, value: -value })),
    }
    for (const seed of [1, 2, 3]) {
      const { run, trials } = search([opposite], seed)
      expect(least(trials(30))).toBeLessThan(least(search([], seed).trials(30)) + 0.1)
      expect(run.describe()).toMatchObject({ earlier: [{ study: 'opposite', weight: 0 }] })
      expect(run.describe().notes.join()).toContain('opposite is left aside')
    }
  })

  it('that misleads does not spoil one that helps', () => {
    const opposite = { study: 'opposite', trials: earlier.trials.map((t) => ({ ...t, value: -t.value })) }
    const { run, trials } = search([opposite, earlier], 1)
    expect(least(trials(12))).toBeLessThan(0.7 * least(search([], 1).trials(12)))
    const [first, second] = run.describe().earlier!
    expect(first!.weight).toBe(0)
    expect(second!.weight).toBeGreaterThan(0.3)
  })

  it('with hardly a trial is as none', () => {
    const few = { study: 'few', trials: earlier.trials.slice(0, 7) }
    expect(search([few], 1).trials(20)).toEqual(search([], 1).trials(20))
  })

  it('is the same by snapshot and by replay', () => {
    const { run, next } = search([earlier], 5)
    for (let number = 0; number < 24; number++) {
      next(number)
      const ask = { number: number + 1, count: 2, pending: [] }
      const again = gp.open(space, gp.options({}), 5, run.snapshot(), [earlier])
      expect(again.ask(ask)).toEqual(run.ask(ask))
    }
  })

  it('of which at most 160 trials count', () => {
    const trials = Array.from({ length: 400 }, (_, i) => earlier.trials[i % 40]!)
    const { run } = search(
      [
        { study: 'long', trials },
        { ...earlier, study: 'other' },
      ],
      1,
    )
    expect(run.describe().earlier!.map((one) => one.trials)).toEqual([80, 40])
  })
})

describe('a configuration of another space', () => {
  const encoding = encodingOf(space)

  it('lies where it lies here, if it is one of this space', () => {
    const params = { LR: 0.01, WIDTH: 100, DROP: 0.1, KIND: 'c', BATCH: 64, DECAY: 0.5 }
    expect(foreignPoint(encoding, params)).toEqual(pointOf(encoding, params))
  })

  it('lies beyond the ends of ranges, has another name, and the default of what it did not have', () => {
    const at = (params: Params) => foreignPoint(encoding, params).columns
    const place = (name: string) => encoding.inputOf.indexOf(space.byName.get(name)!.coordinate)
    const there = at({ LR: 10, WIDTH: 16, DROP: 0.1, KIND: 'd', BATCH: 4 })
    const here = at({ LR: 1, WIDTH: 64, DROP: 0.1, KIND: 'a', BATCH: 8, DECAY: 0.5 })
    expect(there[place('LR')]).toBeCloseTo(1.25)
    expect(there[place('WIDTH')]).toBeCloseTo(-48 / 448)
    expect(there[place('BATCH')]).toBeCloseTo(-0.2)
    expect([0, 1, 2]).not.toContain(there[place('KIND')])
    expect(there[place('DECAY')]).toBe(here[place('DECAY')])
    expect(there[place('DROP')]).toBe(here[place('DROP')])
  })
})

describe('the model of a weighted sum', () => {
  const encoding = encodingOf(space)
  const rng = stream(7)
  const pointsOf = (count: number) =>
    Array.from({ length: count }, () =>
      pointAt(
        encoding,
        Float64Array.from(space.searched, () => rng.uniform()),
      ),
    )
  const valuesOf = (count: number) => Float64Array.from({ length: count }, () => 2 * rng.uniform() - 1)
  const [theirPoints, theirValues] = [pointsOf(12), valuesOf(12)]
  const theirs = modelWith(encoding, defaultHyperparameters(encoding), theirPoints, theirValues)
  const [points, values] = [pointsOf(9), valuesOf(9)]
  const hyper = { ...defaultHyperparameters(encoding, 1), weights: Float64Array.of(Math.log(0.7)) }
  const rows = Float64Array.from(points.flatMap(({ columns }) => [...columns]))
  const data = { count: 9, rows, values, earlier: [posteriorAmong(theirs, rows, 9)] }

  /** The joint covariance of all observations, written out: theirs first, then ours, then one more point. */
  function joint(at: Float64Array) {
    const own = kernelOf(encoding, { ...hyper, weights: undefined })
    const all = [...theirPoints.map(({ columns }) => columns), ...points.map(({ columns }) => columns), at]
    const k = (kernel: typeof own, a: Float64Array, b: Float64Array) => {
      const out = new Float64Array(1)
      covariances(kernel, a, 1, b, out)
      return out[0]!
    }
    const weightOf = (i: number) => (i < 12 ? 1 : 0.7)
    return all.map((a, i) =>
      all.map((b, j) => {
        const shared = weightOf(i) * weightOf(j) * k(theirs.kernel, a, b)
        const noise = i !== j || i === 21 ? 0 : i < 12 ? theirs.kernel.noise : own.noise
        return shared + (i >= 12 && j >= 12 ? k(own, a, b) : 0) + noise
      }),
    )
  }

  it('has the posterior of the joint covariance', () => {
    const model = modelWith(encoding, hyper, points, values, undefined, [theirs])
    const at = pointsOf(1)[0]!.columns
    const whole = joint(at)
    const known = [...theirValues, ...values]
    const k = whole[21]!.slice(0, 21)
    const solved = solve(
      whole.slice(0, 21).map((row) => row.slice(0, 21)),
      k,
    )
    const { mean, variance } = posteriorAt(model, at)
    expect(mean).toBeCloseTo(
      solved.reduce((sum, x, i) => sum + x * known[i]!, 0),
      8,
    )
    expect(variance).toBeCloseTo(whole[21]![21]! - solved.reduce((sum, x, i) => sum + x * k[i]!, 0), 8)
    expect(priorVariance(model.kernel)).toBeCloseTo(whole[21]![21]!, 10)
  })

  it('has the gradients of differences', () => {
    const model = modelWith(encoding, hyper, points, values, undefined, [theirs])
    const at = pointsOf(1)[0]!.columns.slice()
    const gradient = { mean: new Float64Array(at.length), variance: new Float64Array(at.length) }
    posteriorWithGradient(model, at, gradient)
    const [low, high] = [at.with(0, at[0]! - 1e-5), at.with(0, at[0]! + 1e-5)].map((x) =>
      posteriorAt(model, x),
    )
    expect(gradient.mean[0]).toBeCloseTo((high!.mean - low!.mean) / 2e-5, 6)
    expect(gradient.variance[0]).toBeCloseTo((high!.variance - low!.variance) / 2e-5, 6)

    const { gradient: slopes, value } = likelihoodOf(encoding, data)(hyper)
    const likelihoodAt = logLikelihoodOf(encoding, data)
    expect(likelihoodAt(hyper)).toBeCloseTo(value, 8)
    const by = (step: number) =>
      likelihoodAt({ ...hyper, weights: Float64Array.of(hyper.weights[0]! + step) })
    expect(slopes[encoding.inputs]).toBeCloseTo((by(1e-5) - by(-1e-5)) / 2e-5, 5)
  })
})

/** A·x = b by elimination. */
function solve(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rows = a.map((row, i) => [...row, b[i]!])
  for (const [i, pivot] of rows.entries()) {
    for (const [j, row] of rows.entries()) {
      if (j === i) continue
      const factor = row[i]! / pivot[i]!
      for (let c = i; c < row.length; c++) row[c]! -= factor * pivot[c]!
    }
  }
  return rows.map((row, i) => row.at(-1)! / row[i]!)
}
