import type { Parameter } from './types.js'

/** Whether all values are numbers above 0. Those of an ordinal parameter may stand in any order. */
export function isPositive({ kind, numeric, levels, level, fromUnit }: Parameter): boolean {
  if (kind !== 'ordinal') return numeric && Number(fromUnit(0)) > 0
  return Array.from({ length: levels }, (_, i) => level(i)).every(
    (value) => typeof value === 'number' && value > 0,
  )
}
