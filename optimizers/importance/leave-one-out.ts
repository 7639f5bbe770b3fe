/**
 * How well a model predicts trials that it has not seen. Each trial is predicted from all others, in closed form
 * (Rasmussen & Williams 2006, eq. 5.12):
 *
 *   μᵢ = yᵢ − αᵢ / [K⁻¹]ᵢᵢ
 *
 * with hyperparameters that are fitted to the half of the trials that it is not in. Fitted to all, a length scale for
 * each parameter finds patterns in noise: of 60 random values leaving one out then explains a fifth, this way nothing.
 */
import type { Model } from '../gp/model.js'
import type { Triangle } from '../gp/triangle.js'
import { type FittedTrials, modelFittedTo } from './fitted.js'

/** The share of the spread of the values that the predictions explain; null where the values have none. */
export function leaveOneOutR2({ history, model: { values, noiseVariances } }: FittedTrials): number | null {
  const mean = values.reduce((sum, y) => sum + y, 0) / values.length
  const spread = values.reduce((sum, y) => sum + (y - mean) ** 2, 0)
  if (!(spread > 0)) return null
  const all = [...values.keys()]
  const even = all.filter((i) => i % 2 === 0)
  const odd = all.filter((i) => i % 2 === 1)
  const missed = (fitted: readonly number[], left: readonly number[]) => {
    const errors = leaveOneOutErrors(modelFittedTo({ history, values, noiseVariances }, fitted))
    return left.reduce((sum, i) => sum + errors[i]! ** 2, 0)
  }
  return 1 - (missed(even, odd) + missed(odd, even)) / spread
}

/** yᵢ − μᵢ. */
export function leaveOneOutErrors({ alpha, triangle }: Model): Float64Array {
  const precisions = inverseDiagonal(triangle)
  return alpha.map((a, i) => a / precisions[i]!)
}

/** The diagonal of K⁻¹ = L⁻ᵀ·L⁻¹: the squared length of each column of L⁻¹, which is zero above the diagonal. */
function inverseDiagonal({ packed, size }: Triangle): Float64Array {
  const column = new Float64Array(size)
  return Float64Array.from({ length: size }, (_, first) => {
    let squares = 0
    for (let i = first; i < size; i++) {
      const row = (i * (i + 1)) / 2
      let sum = i === first ? -1 : 0
      for (let j = first; j < i; j++) sum += packed[row + j]! * column[j]!
      column[i] = -sum / packed[row + i]!
      squares += column[i]! * column[i]!
    }
    return squares
  })
}
