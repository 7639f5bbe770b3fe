/** How many of the searched parameters are active together, in the mean over an even sample of the space. */
import { decode } from '../../search-spaces/index.js'
import type { Space } from '../../search-spaces/types.js'
import { scramble, sobol } from '../sobol/sequence.js'

const SAMPLE = 256

const counted = new WeakMap<Space, number>()

export function activeTogether(space: Space): number {
  if (!space.conditional) return space.searched.length
  const active = counted.get(space) ?? activeInSample(space)
  counted.set(space, active)
  return active
}

function activeInSample(space: Space): number {
  const { searched } = space
  let active = 0
  for (let i = 0; i < SAMPLE; i++) {
    const unit = searched.map((_, d) => (scramble(sobol(i, d), d + 1) + 0.5) / 2 ** 32)
    const params = decode(space, unit)
    for (const { name } of searched) if (params[name] !== undefined) active++
  }
  return active / SAMPLE
}
