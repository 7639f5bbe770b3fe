/** Random streams. None is stored: a stream is opened from a key, used, and dropped. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'
import { normalQuantile } from './math/normal.js'

export interface Rng {
  /** Uniform on [0, 1). */
  uniform(): number
  /** Standard normal, by inversion: one uniform number per draw. */
  normal(): number
  /** Uniform on 0 … n-1. */
  below(n: number): number
}

/** The stream of a key, such as (study seed, trial number). Equal keys give equal streams, near keys unrelated ones. */
export function stream(...key: number[]): Rng {
  const generator = xoroshiro128plusFromState(mix(key))
  const uniform = () => uniformFloat64(generator)
  return {
    uniform,
    normal: () => normalQuantile(uniform() + 2 ** -54),
    below: (n) => Math.floor(uniform() * n),
  }
}

/** Shuffles the items in place (Fisher–Yates). */
export function shuffle<T>(rng: Rng, items: T[]): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = rng.below(i + 1)
    const held = items[i]!
    items[i] = items[j]!
    items[j] = held
  }
  return items
}

/** Four state words from a key: murmur3's 32-bit mixing, each word under a seed of its own. */
function mix(key: readonly number[]): number[] {
  return [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x452821e6].map((salt) => {
    let h = salt
    for (const part of key) {
      const low = part >>> 0
      const high = Math.floor(part / 2 ** 32) >>> 0
      h = absorb(absorb(h, low), high)
    }
    return finish(h ^ key.length)
  })
}

function absorb(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51)
  k = (k << 15) | (k >>> 17)
  let h = hash ^ Math.imul(k, 0x1b873593)
  h = (h << 13) | (h >>> 19)
  return (Math.imul(h, 5) + 0xe6546b64) | 0
}

function finish(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
