/** Long work in slices, between which other requests are answered. */
import { setImmediate } from 'node:timers/promises'

const SLICE = 100

export async function mapInSlices<T, R>(
  items: Iterable<T>,
  map: (item: T, index: number) => R,
): Promise<R[]> {
  const mapped: R[] = []
  for (const item of items) {
    const i = mapped.length
    if (i > 0 && i % SLICE === 0) await setImmediate()
    mapped.push(map(item, i))
  }
  return mapped
}
