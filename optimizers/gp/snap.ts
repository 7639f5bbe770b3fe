/** From anywhere in the unit cube to a configuration. */
import { decode, repair, violated } from '../../search-spaces/index.js'
import { type Encoding, type Point, pointOf } from './encoding.js'

/** The configuration that this decodes to, mended where it breaks a constraint. */
export function snapped(encoding: Encoding, unit: Float64Array): Point {
  const { space } = encoding
  const params = decode(space, unit)
  if (violated(space, params) === null) return pointOf(encoding, params)
  const repaired = repair(space, params)
  return pointOf(encoding, repaired.ok ? repaired.params : params)
}
