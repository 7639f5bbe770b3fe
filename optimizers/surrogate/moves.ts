/** Small changes of a configuration, in the unit cube: each keeps discrete parameters at their values. */
import type { Parameter, Space } from '../../search-spaces/types.js'
import type { Rng } from '../rng.js'

/** A point with the defaults of the parameters that are not active: another parameter's change may make them active. */
export function inactiveFilled({ searched }: Space, unit: Float64Array): Float64Array {
  return unit.map((u, d) => (Number.isNaN(u) ? searched[d]!.toUnit(searched[d]!.default) : u))
}

/** Moves each parameter with probability `chance`, and one always, by normal steps of this width. */
export function perturbed(
  { searched }: Space,
  from: Float64Array,
  width: number,
  chance: number,
  rng: Rng,
): Float64Array {
  const always = rng.below(from.length)
  return from.map((u, d) =>
    d === always || rng.uniform() < chance ? perturbedCoordinate(searched[d]!, u, width, rng) : u,
  )
}

function perturbedCoordinate(parameter: Parameter, unit: number, width: number, rng: Rng): number {
  const { levels, numeric } = parameter
  const step = width * rng.normal()
  if (levels === Infinity) return clippedToUnit(unit + step)
  const level = parameter.indexOf(parameter.fromUnit(unit))
  if (!numeric) return parameter.cell((level + 1 + rng.below(levels - 1)) % levels).centre
  const away = Math.sign(step) * Math.max(1, Math.round(Math.abs(step) * levels))
  return parameter.cell(Math.min(levels - 1, Math.max(0, level + away))).centre
}

/** Points with one discrete parameter changed: to a near value where it is ordered, to any other where it is not. */
export function neighbours({ searched }: Space, from: Float64Array): Float64Array[] {
  return searched.flatMap((parameter, d) =>
    levelsBeside(parameter, from[d]!).map((level) => {
      const to = from.slice()
      to[d] = parameter.cell(level).centre
      return to
    }),
  )
}

/** Of an unordered parameter with more values only so many are tried. */
const MOST_LEVELS = 32

function levelsBeside(parameter: Parameter, unit: number): number[] {
  const { levels, numeric } = parameter
  if (levels === Infinity) return []
  const level = parameter.indexOf(parameter.fromUnit(unit))
  if (!numeric) return [...Array(Math.min(levels, MOST_LEVELS)).keys()].filter((other) => other !== level)
  const far = Math.ceil(levels / 8)
  return [...new Set([level - far, level - 1, level + 1, level + far])].filter((l) => l >= 0 && l < levels)
}

function clippedToUnit(unit: number): number {
  return Math.min(1, Math.max(0, unit))
}
