/**
 * Stateless randomness: a draw is a hash of (seed, channel). So equal seeds give equal noise, and a new quantity with its own
 * channel does not change the noise of the others.
 */

export const channel = { speed: 0, value: 1, setup: 2, failure: 3, curve: 4 } as const

/** A standard normal draw, by Box and Muller's transform of two uniforms. */
export function normal(seed: number, channel: number): number {
  const radius = Math.sqrt(-2 * Math.log(uniform(seed, 2 * channel)))
  return radius * Math.cos(2 * Math.PI * uniform(seed, 2 * channel + 1))
}

/** On (0, 1), both ends excluded. */
function uniform(seed: number, channel: number): number {
  const low = seed >>> 0
  const high = Math.floor(seed / 2 ** 32) >>> 0
  const hash = mixed(mixed(mixed(low ^ 0x9e3779b9) ^ high) ^ Math.imul(channel, 0x27d4eb2f))
  return ((hash >>> 0) + 0.5) / 2 ** 32
}

/** murmur3's 32-bit finaliser. */
function mixed(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
