/**
 * Sobol's sequence, 32 bits, with the direction numbers of Joe & Kuo (2008), Owen-scrambled by hashing.
 *
 * Bratley & Fox (1988), Algorithm 659: directions from a primitive polynomial, points in Gray-code order.
 * Burley (2020), Practical hash-based Owen scrambling, JCGT 9(4).
 */
import table from './directions.json' with { type: 'json' }

/** Dimensions that the table covers: more than a space may have. */
export const DIMENSIONS = table.rows.length

const directions = table.rows.map(([polynomial, ...initial]) => directionNumbers(polynomial!, initial))

/** Coordinate `dimension` of point `index`, as a fraction of 2³². */
export function sobol(index: number, dimension: number): number {
  const v = directions[dimension]!
  let x = 0
  for (let gray = (index ^ (index >>> 1)) >>> 0, bit = 0; gray !== 0; gray >>>= 1, bit++) {
    if (gray & 1) x ^= v[bit]!
  }
  return x >>> 0
}

/** Owen's nested uniform scrambling: every bit is flipped by a hash of the bits above it. Burley (2020), listing 3. */
export function scramble(x: number, seed: number): number {
  return reverseBits(laineKarras(reverseBits(x), seed))
}

/** v_1 … v_32, each shifted to the top of the word. Bratley & Fox (1988), eq. (2)–(4). */
function directionNumbers(polynomial: number, initial: readonly number[]): Uint32Array {
  const degree = 31 - Math.clz32(polynomial)
  const v = new Uint32Array(32)
  for (let i = 0; i < 32; i++) {
    if (degree === 0) v[i] = 1 << (31 - i)
    else if (i < degree) v[i] = initial[i]! << (31 - i)
    else {
      let next = v[i - degree]! ^ (v[i - degree]! >>> degree)
      for (let k = 1; k < degree; k++) {
        if ((polynomial >>> (degree - k)) & 1) next ^= v[i - k]!
      }
      v[i] = next
    }
  }
  return v
}

/** A bit of the result depends on the bits of x at and below it only. Burley (2020), listing 2. */
function laineKarras(x: number, seed: number): number {
  let h = (x + seed) | 0
  h ^= Math.imul(h, 0x6c50b47c)
  h ^= Math.imul(h, 0xb82f1e52)
  h ^= Math.imul(h, 0xc7afe638)
  h ^= Math.imul(h, 0x8d22f6e6)
  return h
}

function reverseBits(x: number): number {
  let r = x
  r = ((r >>> 1) & 0x55555555) | ((r & 0x55555555) << 1)
  r = ((r >>> 2) & 0x33333333) | ((r & 0x33333333) << 2)
  r = ((r >>> 4) & 0x0f0f0f0f) | ((r & 0x0f0f0f0f) << 4)
  r = ((r >>> 8) & 0x00ff00ff) | ((r & 0x00ff00ff) << 8)
  return ((r >>> 16) | (r << 16)) >>> 0
}
