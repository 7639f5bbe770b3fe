/**
 * The masses that the kernels of a discrete axis give to its levels, computed when they are first asked for: a normal
 * integrated over the level's cell, or a category's share (Aitchison & Aitken 1976).
 */
import { logNormalCdfDifference } from '../math/normal.js'
import type { Axis } from './axis.js'
import { type Kernels, type Kinds, kindsOf } from './kernels.js'
import { massInside } from './truncated.js'

export interface Table {
  readonly d: number
  readonly axis: Axis
  readonly kinds: Kinds
  readonly centres: Float64Array
  readonly bandwidths: Float64Array
  readonly leak: number
  /** log of the mass of each kind inside the unit interval; NaN until it is needed. */
  readonly insides: Float64Array
  /** One row per level, one column per kind; NaN where it was not asked for yet. */
  readonly rows: Float64Array[]
}

export function levelTableOf(axis: Axis, kernels: Kernels, d: number): Table {
  const kinds = kindsOf(kernels, d)
  return {
    d,
    axis,
    kinds,
    centres: kernels.centres[d]!,
    bandwidths: kernels.bandwidths[d]!,
    leak: kernels.leaks[d]!,
    insides: new Float64Array(kinds.firsts.length).fill(Number.NaN),
    rows: [],
  }
}

export function rowOf({ rows, kinds }: Table, level: number): Float64Array {
  rows[level] ??= new Float64Array(kinds.firsts.length).fill(Number.NaN)
  return rows[level]
}

/** log of the mass that a kind gives to the row's level. */
export function logMass(table: Table, row: Float64Array, level: number, kind: number): number {
  const kept = row[kind]!
  if (!Number.isNaN(kept)) return kept
  const log = table.axis.kind === 'cells' ? logCell(table, level, kind) : logShare(table, level, kind)
  row[kind] = log
  return log
}

function logCell({ axis, kinds, centres, bandwidths, insides }: Table, level: number, kind: number): number {
  const first = kinds.firsts[kind]!
  const [centre, width] = [centres[first]!, bandwidths[first]!]
  if (Number.isNaN(insides[kind]!)) insides[kind] = Math.log(massInside(centre, width))
  return (
    logNormalCdfDifference((axis.low(level) - centre) / width, (axis.high(level) - centre) / width) -
    insides[kind]!
  )
}

function logShare({ axis: { levels }, kinds, centres, leak }: Table, level: number, kind: number): number {
  const own = centres[kinds.firsts[kind]!]!
  if (own === levels) return -Math.log(levels)
  return Math.log((own === level ? 1 + leak : leak) / (1 + levels * leak))
}
