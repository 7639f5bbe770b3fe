/** A part of `experiments`: measured by itself, and kept by itself, so that an interrupted bench goes on where it was. */
import { type Cache, fingerprint } from '../cache.js'
import type { Bench, Measurement } from '../subject.js'

export interface Part {
  readonly id: string
  measure(bench: Bench, cache: Cache): Promise<Shown>
}

export type Shown = Pick<Measurement, 'tables' | 'pictures' | 'missing' | 'rows' | 'raw'>

export interface Definition<Size extends object, Found> {
  readonly id: string
  readonly full: Size
  readonly quick: Size
  measure(size: Size, say: (line: string) => void): Promise<Found>
  show(found: Found, size: Size): Shown
}

export function part<Size extends { readonly seeds: number }, Found>(
  definition: Definition<Size, Found>,
): Part {
  const { id, full, quick, measure, show } = definition
  return {
    id,
    async measure({ quick: small, seeds, say }, cache) {
      const usual = small ? quick : full
      const size = { ...usual, seeds: seeds ?? usual.seeds }
      const key = { subject: 'experiments', id, size, code: fingerprint(sources) }
      const known = cache.get<Found>(key)
      if (known === undefined) say(`experiments: ${id}`)
      const found = known ?? (await measure(size, say))
      cache.put(key, found)
      return show(found, size)
    },
  }
}

const sources = [
  ...['bench/experiments', 'bench/stand-in-model.ts', 'bench/service/server.ts', 'bench/service/client.ts'],
  ...['examples/autoresearch-study.json', 'examples/ratio-ablation.json', 'trainer/landscape'],
  ...['src', 'optimizers', 'search-spaces', 'migrations'],
]
