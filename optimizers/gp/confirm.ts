/** Which of the best observed configurations to run once more: by the knowledge gradient over a few of them. */
import type { Params } from '../../search-spaces/types.js'
import { type Point, paramsAt } from '../surrogate/encoding.js'
import { mostInformative } from '../surrogate/knowledge-gradient.js'
import { covariances, priorVariance } from './kernel.js'
import { earlierRows, type Model, rowCovariances } from './model.js'
import { meanAtObserved, rankedByMean } from './posterior.js'
import type { GpState } from './state.js'
import { solveLower } from './triangle.js'

/** So many of the best are compared. */
const COMPARED = 8

/** `count` configurations, most informative first; the same one may come again. */
export function whichToConfirm({ history, models }: GpState, count: number): Params[] {
  const model = models.value()
  const seen = new Map<string, number>()
  for (const i of rankedByMean(model)) {
    const key = history.points[history.succeeded[i]!]!.unit.join()
    if (!seen.has(key) && seen.size < COMPARED) seen.set(key, i)
  }
  const rows = [...seen.values()]
  if (rows.length === 0) return []
  const points = rows.map((i) => history.points[history.succeeded[i]!]!)
  const means = rows.map((i) => meanAtObserved(model, i))
  const chosen = mostInformative(means, posteriorCovariance(model, points), model.kernel.noise, count)
  return chosen.map((i) => paramsAt(history.encoding, points[i]!))
}

/** Of the objective at these points, given all observations. */
function posteriorCovariance(model: Model, points: readonly Point[]): Float64Array[] {
  const { kernel, triangle } = model
  const { size } = triangle
  const solved = points.map(({ columns }) => {
    const k = new Float64Array(size)
    rowCovariances(model, size - earlierRows(model), columns, k)
    solveLower(triangle, k, k)
    return k
  })
  const flat = Float64Array.from(points.flatMap(({ columns }) => [...columns]))
  return points.map(({ columns }, a) => {
    const own = new Float64Array(points.length)
    covariances(kernel, flat, points.length, columns, own)
    own[a] = priorVariance(kernel)
    return own.map((k, b) => k - solved[a]!.reduce((sum, v, i) => sum + v * solved[b]![i]!, 0))
  })
}
