/**
 * A sum of many normals of one width on the unit interval, in a time that does not grow with their number: each cell
 * of the interval keeps moments of the normals in it, and far cells are left out.
 *
 * Yang, Duraiswami, Gumerov & Davis (2003), Improved Fast Gauss Transform: with t and s the distances of a point and of
 * a centre from the middle of the centre's cell, in √2 widths, e^−(t−s)² = e^−t² · e^−s² · Σ (2t)^m · s^m / m!
 */
import { decay } from './decay.js'

export interface GaussSum {
  /** 1 / (√2 · width). */
  readonly precision: number
  readonly cells: number
  /** TERMS numbers per cell: Σ height · e^−s² · s^m / m! over the cell's normals. */
  readonly moments: Float64Array
}

/** The length of a cell in √2 widths; |s| is at most half of it. */
const CELL = 0.5
/** Terms of the series; the rest, e^−t² · (2ts)^m / m!, is nowhere more than 3e-17 of a normal's height. */
const TERMS = 18

export function cellsOf(width: number): number {
  return Math.ceil(Math.SQRT1_2 / width / CELL)
}

export function gaussSum(width: number): GaussSum {
  const cells = cellsOf(width)
  return { precision: Math.SQRT1_2 / width, cells, moments: new Float64Array(cells * TERMS) }
}

/** Adds a normal with this height at its centre. */
export function addNormal({ precision, cells, moments }: GaussSum, centre: number, height: number): void {
  const cell = Math.min(cells - 1, Math.floor((centre * precision) / CELL))
  const s = centre * precision - (cell + 0.5) * CELL
  let term = height * decay(s * s)
  for (let m = 0; m < TERMS; m++) {
    moments[cell * TERMS + m]! += term
    term *= s / (m + 1)
  }
}

/** The sum at a point, without the normals that are more than `reach` away, in √2 widths. */
export function sumAt({ precision, cells, moments }: GaussSum, value: number, reach: number): number {
  const x = value * precision
  const last = Math.min(cells - 1, Math.floor((x + reach) / CELL))
  let sum = 0
  for (let cell = Math.max(0, Math.floor((x - reach) / CELL)); cell <= last; cell++) {
    const t = x - (cell + 0.5) * CELL
    let series = 0
    for (let m = cell * TERMS + TERMS - 1; m >= cell * TERMS; m--) series = series * (2 * t) + moments[m]!
    sum += series * decay(t * t)
  }
  return sum
}
