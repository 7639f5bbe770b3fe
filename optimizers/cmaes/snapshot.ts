/** A strategy as JSON and back, to the bit. What follows from the settings and the rest is computed again. */
import type { Json } from '../contract.js'
import type { Categorical } from './categorical.js'
import { constants } from './constants.js'
import { decompose } from './eigen.js'
import type { LearningRate } from './learning-rate.js'
import type { Run } from './run.js'
import type { Settings, Strategy } from './strategy.js'
import type { Distribution } from './update.js'
import type { Prior } from './warm-start.js'

type Numbers = readonly number[]

interface Saved extends Pick<Strategy, 'ended' | 'stopped' | 'epoch' | 'points' | 'evaluations'> {
  readonly run: SavedRun
  /** Null for NaN: a parameter that was not active. */
  readonly prior?: {
    readonly count: number
    readonly best: readonly { x: readonly (number | null)[]; c: readonly (number | null)[]; value: number }[]
  }
}

interface SavedRun extends Pick<Run, 'regime' | 'sigma0' | 'history'> {
  readonly distribution?: SavedDistribution
  readonly A: Numbers
  readonly mutation: Numbers
  readonly choices: Categorical
  readonly rate?: { readonly mean: SavedRate; readonly covariance: SavedRate }
}

interface SavedDistribution extends Pick<Distribution, 'sigma' | 'generation' | 'eigenGeneration'> {
  readonly mean: Numbers
  /** The lower triangle, row by row. */
  readonly C: Numbers
  readonly pSigma: Numbers
  readonly pC: Numbers
  /** Only where it is not that of C: in many dimensions generations share one. */
  readonly eigen?: { readonly B: Numbers; readonly D: Numbers }
}

type SavedRate = { readonly E: Numbers; readonly V: number; readonly eta: number }

export function saved({ ended, stopped, epoch, points, evaluations, prior, run }: Strategy): Json {
  return plain({ ended, stopped, epoch, points, evaluations, prior, run: savedRun(run) })
}

export function loaded(json: Json, settings: Settings): Strategy {
  const { run, prior, ...rest } = json as unknown as Saved
  return {
    ...rest,
    points: [...rest.points],
    settings,
    run: loadedRun(run),
    ...(prior && { prior: loadedPrior(prior) }),
  }
}

function savedRun({ regime, sigma0, distribution, margin, choices, rate, history }: Run) {
  return {
    regime,
    sigma0,
    distribution: distribution && savedDistribution(distribution),
    A: margin.A,
    mutation: margin.mutation,
    choices: { q: choices.q, s: choices.s, gamma: choices.gamma, Delta: choices.Delta, delta: choices.delta },
    rate: rate && { mean: savedRate(rate.mean), covariance: savedRate(rate.covariance) },
    history,
  }
}

function loadedRun({ regime, sigma0, distribution, A, mutation, choices, rate, history }: SavedRun): Run {
  return {
    constants: constants(Math.max(1, A.length), regime.lambda),
    regime,
    sigma0,
    ...(distribution && { distribution: loadedDistribution(distribution) }),
    margin: { A: Float64Array.from(A), mutation: Float64Array.from(mutation) },
    choices,
    ...(rate && { rate: { mean: loadedRate(rate.mean), covariance: loadedRate(rate.covariance) } }),
    history,
  }
}

function savedDistribution({ mean, sigma, C, pSigma, pC, generation, eigen, eigenGeneration }: Distribution) {
  const n = mean.length
  const rows = Array.from({ length: n }, (_, i) => [...C.subarray(i * n, i * n + i + 1)])
  const own = eigenGeneration === generation
  return {
    mean,
    sigma,
    C: rows.flat(),
    pSigma,
    pC,
    generation,
    eigenGeneration,
    eigen: own ? undefined : eigen,
  }
}

function loadedDistribution({ mean, C, pSigma, pC, eigen, ...rest }: SavedDistribution): Distribution {
  const full = fullMatrix(C, mean.length)
  return {
    ...rest,
    mean: Float64Array.from(mean),
    C: full,
    pSigma: Float64Array.from(pSigma),
    pC: Float64Array.from(pC),
    eigen: eigen
      ? { B: Float64Array.from(eigen.B), D: Float64Array.from(eigen.D) }
      : decompose(full, mean.length),
  }
}

function fullMatrix(lower: Numbers, n: number): Float64Array {
  const full = new Float64Array(n * n)
  let next = 0
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      full[i * n + j] = full[j * n + i] = lower[next++]
    }
  }
  return full
}

function savedRate({ E, V, eta }: SavedRate | LearningRate['mean']) {
  return { E, V, eta }
}

function loadedRate({ E, V, eta }: SavedRate): LearningRate['mean'] {
  return { E: Float64Array.from(E), V, eta }
}

function loadedPrior({ count, best }: NonNullable<Saved['prior']>): Prior {
  return { count, best: best.map(({ x, c, value }) => ({ x: x.map((v) => v ?? Number.NaN), c, value })) }
}

/** Arrays for typed ones, 0 for −0, null for NaN, nothing for undefined. */
function plain(value: unknown): Json {
  if (typeof value === 'number') return Number.isNaN(value) ? null : value + 0
  if (value instanceof Float64Array) return Array.from(value, plain)
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value as Json
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  return Object.fromEntries(entries.map(([key, one]) => [key, plain(one)]))
}
