/** From any point of the unit cube to the nearest configuration that can run. */
import { decode, repair, violated } from '../../search-spaces/index.js'
import { type Encoding, type Point, pointOf } from './encoding.js'

/** The configuration that the point decodes to, repaired where it violates a constraint. */
export function snapped(encoding: Encoding, unit: Float64Array): Point {
  const { space } = encoding
  const params = decode(space, unit)
  if (violated(space, params) === null) return pointOf(encoding, params)
  const repaired = repair(space, params)
  return pointOf(encoding, repaired.ok ? repaired.params : params)
}
