/**
 * The Gaussian process given the observations so far: Rasmussen & Williams (2006), algorithm 2.1.
 *
 * Hyperparameters are fitted at certain counts of observations, to those alone; in between the Cholesky factor grows
 * by rows. Both follow from the history: the run keeps them beside it, and they are not part of a snapshot.
 */
import { approximateBytes } from '../approximate-bytes.js'
import type { Encoding, Point } from '../surrogate/encoding.js'
import type { History } from '../surrogate/history.js'
import { failureTarget, type Target, valueTarget } from '../surrogate/targets.js'
import type { Warp } from '../surrogate/warp.js'
import { defaultHyperparameters, fitHyperparameters, MOST_OBSERVATIONS } from './fit.js'
import { covariances, type Hyperparameters, type Kernel, kernelOf, priorVariance } from './kernel.js'
import type { Data } from './likelihood.js'
import { showsNoise } from './noise.js'
import { posteriorAmong } from './posterior-among.js'
import {
  appendRow,
  besideEachOther,
  emptyTriangle,
  solveLower,
  solveUpper,
  type Triangle,
} from './triangle.js'

export interface Model {
  /** Observations; the factor may have rows of pending points behind them. */
  readonly count: number
  readonly hyper: Hyperparameters
  readonly kernel: Kernel
  /** Of each earlier study the model of its objective. The factor has their rows before this study's own. */
  readonly earlier: readonly Model[]
  /** The columns of each point of this study, one point after the other. */
  readonly rows: Float64Array
  readonly triangle: Triangle
  /** The warp of `values`; absent where values are not warped. */
  readonly warp?: Warp
  /** The warp at the last fit: noise variances of forecasts are in its units. */
  readonly fittedWarp?: Warp
  readonly values: Float64Array
  /**
   * Of each row, a noise variance of its own beside the kernel's: that of a forecast, 0 where the value was measured.
   */
  readonly noiseVariances: Float64Array
  /** α = (K + σ²I + diag(noiseVariances))⁻¹ of the values, those of the earlier studies before this one's own. */
  readonly alpha: Float64Array
}

/** Fits happen at this count of observations, then whenever there is a sixteenth more. */
const FIRST_FIT = 4
const REFIT_SHARE = 16
/** A fit to fewer observations has no start; one to more starts from the fit to the first two thirds of them. */
const FEWEST_WITH_START = 40
const START_SHARE = 2 / 3

/** An earlier study, with the model of its objective. */
export interface EarlierModel {
  model(): Model
}

const NONE: readonly EarlierModel[] = []

/** The models of a run. Each is made when it is asked for, and kept until more was observed. The run owns them. */
export interface Models {
  /** Of the objective. */
  value(): Model
  /** Of whether a trial fails. */
  failure(): Model
  /** Whether the observations show that a configuration that runs again has another value (noise.ts). */
  isNoisy(): boolean
  /** How much memory the models take that are kept now. */
  bytes(): number
}

export function openModels(history: History, earlier: () => readonly EarlierModel[] = () => NONE): Models {
  const value = keptModel(history, valueTarget, MOST_OBSERVATIONS.value, earlier)
  const failure = keptModel(history, failureTarget, MOST_OBSERVATIONS.failure)
  let noisy: { readonly count: number; readonly is: boolean } | undefined
  return {
    value: value.model,
    failure: failure.model,
    isNoisy() {
      const count = history.results.length
      if (noisy?.count !== count) {
        const model = value.model()
        noisy = {
          count,
          is: showsNoise(history, { ...dataOf(model), hyper: model.hyper, kernel: model.kernel }),
        }
      }
      return noisy.is
    },
    bytes: () => value.bytes() + failure.bytes(),
  }
}

interface KeptModel {
  model(): Model
  bytes(): number
}

function keptModel(
  history: History,
  targetOf: (history: History) => Target,
  most: number,
  earlier: () => readonly EarlierModel[] = () => NONE,
): KeptModel {
  let used = earlier()
  const fits: Fits = { history, most, earlier: () => used.map((one) => one.model()), byCount: new Map() }
  let kept: { readonly model: Model; readonly fittedAt: number } | undefined
  let moves = 0
  const model = () => {
    if (moves !== history.cliff.moves || used !== earlier()) {
      moves = history.cliff.moves
      used = earlier()
      fits.byCount.clear()
      kept = undefined
    }
    const target = targetOf(history)
    const count = target.indices.length
    if (kept?.model.count === count) return kept.model
    const fittedAt = lastFitAt(count)
    const before = kept?.fittedAt === fittedAt ? kept.model : refitted(fits, target, fittedAt)
    const more = target.indices.slice(before.triangle.size - earlierRows(before))
    const noiseVariances = before.fittedWarp && target.noiseVariancesOf?.(more, before.fittedWarp)
    const points = more.map((index) => history.points[index]!)
    const model = conditioned(withRows(before, points, noiseVariances), target)
    kept = { model, fittedAt }
    return model
  }
  return { model, bytes: () => approximateBytes(kept) }
}

/** All fits of one model that were made, by the count of observations; `most` of them are fitted to at most. */
interface Fits {
  readonly history: History
  readonly most: number
  readonly earlier: () => readonly Model[]
  readonly byCount: Map<number, Hyperparameters>
}

/** The largest count, up to this one, at which hyperparameters are fitted. */
function lastFitAt(count: number): number {
  if (count < FIRST_FIT) return 0
  let at = FIRST_FIT
  for (let next = at; next <= count; next += Math.max(1, Math.floor(next / REFIT_SHARE))) at = next
  return at
}

/** The model with pending points behind it: their values are taken to be the posterior means there. */
export function withPending(model: Model, pending: readonly Point[]): Model {
  return pending.length === 0 ? model : withRows(model, pending)
}

/** The factor of the first `count` observations, with hyperparameters fitted to them. */
function refitted(fits: Fits, target: Target, count: number): Model {
  const { history } = fits
  const { points, warp, data } = firstObservations(history, target, count)
  const empty = emptyModel(history.encoding, fitAt(fits, target, count), fits.earlier())
  return withRows({ ...empty, ...(warp && { fittedWarp: warp }) }, points, data.noiseVariances)
}

function fitAt(fits: Fits, target: Target, count: number): Hyperparameters {
  const { history, most, earlier, byCount } = fits
  if (count === 0) return defaultHyperparameters(history.encoding, earlier().length, meanLengths(earlier()))
  const known = byCount.get(count)
  if (known) return known
  const startCount = lastFitAt(Math.floor(START_SHARE * count))
  const start = count < FEWEST_WITH_START ? undefined : fitAt(fits, target, startCount)
  const { data } = firstObservations(history, target, count)
  const found = fitHyperparameters(history.encoding, { ...data, ...given(earlier(), data) }, most, start)
  byCount.set(count, found)
  return found
}

/** The first `count` observations, as a fit reads them. */
function firstObservations({ encoding, points }: History, target: Target, count: number) {
  const indices = target.indices.slice(0, count)
  const first = indices.map((index) => points[index]!)
  const rows = new Float64Array(count * encoding.inputOf.length)
  first.forEach(({ columns }, i) => {
    rows.set(columns, i * columns.length)
  })
  const { values, warp } = target.valuesOf(count)
  const noiseVariances = warp && target.noiseVariancesOf?.(indices, warp)
  return { points: first, warp, data: { count, rows, values, ...(noiseVariances && { noiseVariances }) } }
}

/** Before any observation. */
function emptyModel(encoding: Encoding, hyper: Hyperparameters, earlier: readonly Model[] = []): Model {
  const none = new Float64Array(0)
  return {
    count: 0,
    hyper,
    kernel: kernelOf(
      encoding,
      hyper,
      earlier.map(({ kernel }) => kernel),
    ),
    earlier,
    rows: none,
    triangle: earlier.reduce((all, { triangle }) => besideEachOther(all, triangle), emptyTriangle(0)),
    values: none,
    noiseVariances: none,
    alpha: none,
  }
}

/** With given hyperparameters, on values that are not warped. */
export function modelWith(
  encoding: Encoding,
  hyper: Hyperparameters,
  points: readonly Point[],
  values: Float64Array,
  noiseVariances?: Float64Array,
  earlier: readonly Model[] = [],
): Model {
  const model = withRows(emptyModel(encoding, hyper, earlier), points, noiseVariances)
  return conditioned(model, { valuesOf: () => ({ values }) })
}

/** With one more row in the factor for each of these points. */
function withRows(
  model: Model,
  points: readonly Point[],
  noiseVariances: Float64Array = new Float64Array(points.length),
): Model {
  const { kernel, triangle } = model
  const columns = kernel.weights.length
  const size = triangle.size + points.length
  const before = triangle.size - earlierRows(model)
  const rows = new Float64Array((before + points.length) * columns)
  rows.set(model.rows)
  const packed = new Float64Array((size * (size + 1)) / 2)
  packed.set(triangle.packed)
  const larger: Triangle = { size: triangle.size, packed }
  const k = new Float64Array(size)
  for (const [i, { columns: at }] of points.entries()) {
    rowCovariances({ ...model, rows }, before + i, at, k)
    rows.set(at, (before + i) * columns)
    appendRow(larger, k, priorVariance(kernel) + kernel.noise + noiseVariances[i]!)
  }
  const variances = new Float64Array(before + points.length)
  variances.set(model.noiseVariances)
  variances.set(noiseVariances, before)
  return { ...model, rows, noiseVariances: variances, triangle: larger }
}

/** Conditioned on the values of all rows. */
function conditioned(model: Model, { valuesOf }: Pick<Target, 'valuesOf'>): Model {
  const { triangle, earlier } = model
  const before = earlierRows(model)
  const count = triangle.size - before
  const { values, warp } = valuesOf(count)
  const alpha = new Float64Array(triangle.size)
  earlier.reduce((from, theirs) => {
    alpha.set(theirs.values, from)
    return from + theirs.count
  }, 0)
  alpha.set(values, before)
  solveLower(triangle, alpha, alpha)
  solveUpper(triangle, alpha, alpha)
  return { ...model, count, values, alpha, ...(warp && { warp }) }
}

/** How many rows of the factor are those of earlier studies. */
export function earlierRows({ earlier }: Pick<Model, 'earlier'>): number {
  return earlier.reduce((sum, { count }) => sum + count, 0)
}

/**
 * Covariances of a point with the rows of the factor, the first `own` of this study's among them, put into `out` from
 * `from` on, `stride` apart.
 */
export function rowCovariances(
  { kernel, earlier, rows }: Pick<Model, 'kernel' | 'earlier' | 'rows'>,
  own: number,
  at: Float64Array,
  out: Float64Array,
  from = 0,
  stride = 1,
): void {
  let next = from
  for (const [j, theirs] of earlier.entries()) {
    const { weight } = kernel.earlier[j]!
    covariances(theirs.kernel, theirs.rows, theirs.count, at, out, next, stride)
    for (let i = 0; i < theirs.count; i++) out[next + i * stride]! *= weight
    next += theirs.count * stride
  }
  covariances(kernel, rows, own, at, out, next, stride)
}

/** What a fit reads: the observations, and what the earlier studies say of their points. */
export function dataOf({ count, rows, values, noiseVariances, earlier }: Model): Data {
  const data = { count, rows, values, noiseVariances }
  return { ...data, ...given(earlier, data) }
}

function given(earlier: readonly Model[], { count, rows }: Data): Pick<Data, 'earlier' | 'theirLengths'> {
  if (earlier.length === 0) return {}
  return {
    earlier: earlier.map((theirs) => posteriorAmong(theirs, rows, count)),
    theirLengths: meanLengths(earlier),
  }
}

/** Their length scales, as logarithms, in the mean; undefined where there are no earlier studies. */
function meanLengths(earlier: readonly Model[]): Float64Array | undefined {
  return earlier[0]?.hyper.lengthScales.map(
    (_, d) => earlier.reduce((sum, { hyper }) => sum + hyper.lengthScales[d]!, 0) / earlier.length,
  )
}
