/** The density of a single discrete parameter: one mass per level, summed when it is first asked for. */
import type { Axis } from './axis.js'
import { type Kernels, logsOfShares, NEGLIGIBLE } from './kernels.js'
import { levelTableOf, logMass, rowOf, type Table } from './table.js'
import { SLACK } from './truncated.js'

export interface Levels {
  readonly kind: 'levels'
  readonly table: Table
  readonly logWeights: Float64Array
  /** log of the mass of each level that was asked for so far. */
  readonly known: Map<number, number>
}

export function levelDensityOf(axis: Axis, kernels: Kernels, total: number): Levels {
  const logWeights = logsOfShares(kernels.weights, total)
  return { kind: 'levels', table: levelTableOf(axis, kernels, 0), logWeights, known: new Map() }
}

export function logLevelDensity(levels: Levels, level: number): number {
  const known = levels.known.get(level)
  if (known !== undefined) return known
  const log = logMassOfLevel(levels, level)
  levels.known.set(level, log)
  return log
}

/**
 * Kernels too far away are left out: a normal's mass in a cell is at most its tail beyond the nearer edge,
 * exp(−z²/2).
 */
function logMassOfLevel({ table, logWeights }: Levels, level: number): number {
  const { axis, kinds, centres, bandwidths } = table
  const row = rowOf(table, level)
  const prior = logWeights.length - 1
  const logPrior = logWeights[prior]! + logMass(table, row, level, prior)
  const [low, high] = axis.kind === 'cells' ? [axis.low(level), axis.high(level)] : [-Infinity, Infinity]
  let sum = Math.exp(logPrior)
  for (let k = 0; k < prior; k++) {
    const z = Math.max(0, low - centres[k]!, centres[k]! - high) / (bandwidths[k] ?? 1)
    if (logWeights[k]! + SLACK - 0.5 * z * z < logPrior + NEGLIGIBLE) continue
    sum += Math.exp(logWeights[k]! + logMass(table, row, level, kinds.kindOf[k]!))
  }
  return Math.log(sum)
}
