/**
 * Discrete values on the unit interval: a list of levels, and a partition of the interval into one cell for each level.
 * A level encodes to the centre of its cell, so the round trip is exact.
 */
import type { Value } from './types.js'

export interface Levels {
  readonly count: number
  level(index: number): Value
  /** -1 if the value is not a level. */
  indexOf(value: unknown): number
  /** The index of the level nearest to a number; -1 where the levels are not numbers or have no order. */
  nearest(value: number): number
}

export interface Cells {
  /** The cell that contains a point of [0, 1]. */
  at(unit: number): number
  cell(index: number): { low: number; high: number; centre: number }
  centre(index: number): number
}

export function listedLevels(choices: readonly Value[], ordered: boolean): Levels {
  const numbers = choices.filter((choice) => typeof choice === 'number')
  return {
    count: choices.length,
    level: (index) => choices[index]!,
    indexOf: (value) => choices.indexOf(value as Value),
    nearest: (value) =>
      ordered && numbers.length > 0
        ? choices.indexOf(numbers.reduce((a, b) => (Math.abs(b - value) < Math.abs(a - value) ? b : a)))
        : -1,
  }
}

/** The levels low, low + step, … high, rounded to the decimals of low and step, so that 0.1 + 2·0.1 is 0.3. */
export function steppedLevels(low: number, high: number, step: number): Levels {
  const count = Math.round((high - low) / step) + 1
  const clean = Number(`1e${Math.min(300, Math.max(decimalPlaces(low), decimalPlaces(step)))}`)
  const level = (index: number) =>
    index === count - 1 ? high : Math.round((low + index * step) * clean) / clean + 0 // never -0
  const nearest = (value: number) => clampIndex(Math.round((value - low) / step), count)
  return {
    count,
    level,
    nearest,
    indexOf: (value) => {
      if (typeof value !== 'number' || Number.isNaN(value)) return -1
      const index = nearest(value)
      return Math.abs(level(index) - value) <= 1e-9 * step ? index : -1
    },
  }
}

/** The levels 2^i for every integer i with low ≤ 2^i ≤ high. */
export function powersOfTwo(low: number, high: number): Levels {
  const first = Math.ceil(Math.log2(low))
  const count = Math.floor(Math.log2(high)) - first + 1
  const nearest = (value: number) => (value > 0 ? clampIndex(Math.round(Math.log2(value)) - first, count) : 0)
  return {
    count,
    level: (index) => 2 ** (first + index),
    nearest,
    indexOf: (value) => {
      const index = typeof value === 'number' ? Math.log2(value) - first : -1
      return Number.isInteger(index) && index >= 0 && index < count ? index : -1
    },
  }
}

export function equalCells(count: number): Cells {
  return {
    at: (unit) => clampIndex(Math.floor(unit * count), count),
    cell: (index) => ({ low: index / count, high: (index + 1) / count, centre: (index + 0.5) / count }),
    centre: (index) => (index + 0.5) / count,
  }
}

/** Cells of the integers low … high: integer i has the part log(i - ½) … log(i + ½) of log(low - ½) … log(high + ½). */
export function logCells(low: number, high: number): Cells {
  const start = Math.log(low - 0.5)
  const width = Math.log(high + 0.5) - start
  const count = high - low + 1
  const edge = (index: number) => (Math.log(low + index - 0.5) - start) / width
  const centre = (index: number) => (edge(index) + edge(index + 1)) / 2
  return {
    at: (unit) => clampIndex(Math.round(Math.exp(start + unit * width)) - low, count),
    cell: (index) => ({ low: edge(index), high: edge(index + 1), centre: centre(index) }),
    centre,
  }
}

function clampIndex(index: number, count: number): number {
  return index < 0 ? 0 : index >= count ? count - 1 : index
}

function decimalPlaces(value: number): number {
  const [digits, exponent = '0'] = String(value).split('e')
  const fraction = digits!.split('.')[1]?.length ?? 0
  return Math.max(0, fraction - Number(exponent))
}
