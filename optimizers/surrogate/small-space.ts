/** Every configuration of a small discrete space: there the acquisition is evaluated everywhere. */
import { violated } from '../../search-spaces/index.js'
import { type Encoding, keyOf, type Point, paramsAt } from './encoding.js'
import { snapped } from './snap.js'

const MOST_CONFIGURATIONS = 1000

/** Undefined where the space is continuous, or has too many configurations. */
export function everyPoint(encoding: Encoding): Point[] | undefined {
  const { space } = encoding
  const count = space.searched.reduce((product, { levels }) => product * levels, 1)
  if (count > MOST_CONFIGURATIONS) return undefined
  const all = new Map<string, Point>()
  for (let index = 0; index < count; index++) {
    let rest = index
    const unit = Float64Array.from(space.searched, ({ levels, cell }) => {
      const level = rest % levels
      rest = Math.floor(rest / levels)
      return cell(level).centre
    })
    const point = snapped(encoding, unit)
    if (violated(space, paramsAt(encoding, point)) === null) all.set(keyOf(point), point)
  }
  return all.size > 0 ? [...all.values()] : undefined
}
