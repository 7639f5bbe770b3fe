import type { Parameter, Value } from './types.js'

/** The most levels that are tried on either side. */
const REACH = 2000
/** Of a continuous range: the number of strides over it, and of bisections of the stride that was found. */
const STRIDES = 256
const HALVINGS = 40

/**
 * Finds the value nearest to `from`, by distance in the unit interval, for which `isTrue` holds; null if none was
 * found.
 */
export function nearestWhere(
  parameter: Parameter,
  from: Value,
  isTrue: (value: Value) => boolean,
): Value | null {
  return parameter.levels === Infinity
    ? nearestPoint(parameter, from, isTrue)
    : nearestLevel(parameter, from, isTrue)
}

function nearestLevel(parameter: Parameter, from: Value, isTrue: (value: Value) => boolean): Value | null {
  const start = parameter.indexOf(from)
  const last = parameter.levels - 1
  for (let distance = 1; distance <= Math.min(last, REACH); distance++)
    for (const index of [start + distance, start - distance])
      if (index >= 0 && index <= last && isTrue(parameter.level(index))) return parameter.level(index)
  return null
}

/** Searches outwards in strides until `isTrue` holds, then bisects back to where it begins to hold. */
function nearestPoint(parameter: Parameter, from: Value, isTrue: (value: Value) => boolean): Value | null {
  const start = parameter.toUnit(from)
  const isTrueAt = (unit: number) => isTrue(parameter.fromUnit(unit))
  for (let stride = 1; stride <= STRIDES; stride++)
    for (const direction of [1, -1]) {
      const near = start + (direction * (stride - 1)) / STRIDES
      const far = Math.max(0, Math.min(1, start + (direction * stride) / STRIDES))
      if (near >= 0 && near <= 1 && isTrueAt(far)) return parameter.fromUnit(bisectEdge(near, far, isTrueAt))
    }
  return null
}

function bisectEdge(outside: number, inside: number, isTrueAt: (unit: number) => boolean): number {
  let [no, yes] = [outside, inside]
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (no + yes) / 2
    if (isTrueAt(middle)) yes = middle
    else no = middle
  }
  return yes
}
