/**
 * Which of the best to run once more. A measurement of one of them moves what is expected of all; worth most is the one
 * after which the best of them is expected to be best by most: the knowledge gradient of Frazier, Powell & Dayanik
 * (2009), eq. 2.4, over the few best that were observed.
 */
import type { Params } from '../../search-spaces/types.js'
import { normalQuantile } from '../math/normal.js'
import { type Point, paramsAt } from './encoding.js'
import { covariances, varianceOf } from './kernel.js'
import type { Model } from './model.js'
import { meanAtObserved } from './posterior.js'
import { ranked } from './recommend.js'
import type { GpState } from './state.js'
import { solveLower } from './triangle.js'

/** So many of the best are compared. */
const FEW = 8
/** Quantiles that stand for what a measurement may say. */
const OUTCOMES = Array.from({ length: 31 }, (_, i) => normalQuantile((i + 0.5) / 31))

/** `count` configurations, in the order in which they are worth a measurement; the same one may come again. */
export function whichToConfirm({ history, models }: GpState, count: number): Params[] {
  const model = models.value()
  const seen = new Map<string, number>()
  for (const i of ranked(model)) {
    const key = history.points[history.told[i]!]!.unit.join()
    if (!seen.has(key) && seen.size < FEW) seen.set(key, i)
  }
  const rows = [...seen.values()]
  if (rows.length === 0) return []
  const points = rows.map((i) => history.points[history.told[i]!]!)
  const means = rows.map((i) => meanAtObserved(model, i))
  const covariance = jointly(model, points)
  return Array.from({ length: count }, () => {
    const i = mostTelling(means, covariance, model.kernel.noise)
    measured(covariance, i, model.kernel.noise)
    return paramsAt(history.encoding, points[i]!)
  })
}

function mostTelling(means: readonly number[], covariance: readonly Float64Array[], noise: number): number {
  const gains = covariance.map((row, i) => {
    const sd = Math.sqrt(row[i]! + noise)
    const least = OUTCOMES.map((z) => Math.min(...means.map((mean, j) => mean + (z * row[j]!) / sd)))
    return -least.reduce((sum, one) => sum + one, 0)
  })
  return gains.indexOf(Math.max(...gains))
}

/** What is left of the covariance once the i-th was measured; the means stay what they are expected to be. */
function measured(covariance: readonly Float64Array[], i: number, noise: number): void {
  const row = covariance[i]!.slice()
  const scale = row[i]! + noise
  for (const [a, other] of covariance.entries()) {
    for (let b = 0; b < other.length; b++) other[b]! -= (row[a]! * row[b]!) / scale
  }
}

/** Covariances of what the points are worth, given all observations. */
function jointly({ kernel, rows, triangle }: Model, points: readonly Point[]): Float64Array[] {
  const { size } = triangle
  const solved = points.map(({ columns }) => {
    const k = new Float64Array(size)
    covariances(kernel, rows, size, columns, k)
    solveLower(triangle, k, k)
    return k
  })
  const flat = Float64Array.from(points.flatMap(({ columns }) => [...columns]))
  return points.map(({ columns }, a) => {
    const own = new Float64Array(points.length)
    covariances(kernel, flat, points.length, columns, own)
    own[a] = varianceOf(kernel)
    return own.map((k, b) => k - solved[a]!.reduce((sum, v, i) => sum + v * solved[b]![i]!, 0))
  })
}
