/** Configurations to try the landscape on, from the catalogue's own space. */
import { stream } from '../../optimizers/rng.js'
import { draw, type Params, repair, spaceNamed } from '../../search-spaces/index.js'

export const space = spaceNamed('autoresearch-14')!

export const baseline = space.defaults

/** Anywhere in the space, the batch raised to what the constraint wants. */
export function anywhere(count: number, key: number): Params[] {
  const rng = stream(key)
  return Array.from({ length: count }, () => feasible(draw(space, rng.uniform)))
}

/** Near one: each coordinate moved with probability 0.3, by about `step` of its range. */
export function near(params: Params, step: number, rng: ReturnType<typeof stream>): Params {
  const moved: Record<string, Params[string]> = { ...params }
  for (const parameter of space.searched) {
    if (rng.uniform() > 0.3) continue
    const unit = parameter.numeric
      ? parameter.toUnit(params[parameter.name]!) + step * rng.normal()
      : rng.uniform()
    moved[parameter.name] = parameter.fromUnit(unit)
  }
  return feasible(moved)
}

export function feasible(params: Params): Params {
  const repaired = repair(space, params)
  if (!repaired.ok) throw new Error(repaired.message)
  return repaired.params
}
