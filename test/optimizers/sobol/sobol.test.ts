import { describe, expect, it } from 'vitest'
import { random } from '../../../optimizers/random/index.js'
import { sobol } from '../../../optimizers/sobol/index.js'
import { DIMENSIONS, scramble, sobol as sequence } from '../../../optimizers/sobol/sequence.js'
import { encode, readSpace, type Space } from '../../../search-spaces/index.js'
import golden from './golden/sequence.json' with { type: 'json' }

function cube(dimensions: number): Space {
  return readSpace({
    parameters: Object.fromEntries(
      Array.from({ length: dimensions }, (_, i) => [`X${i}`, { type: 'float' as const, low: 0, high: 1 }]),
    ),
  })
}

function points(optimizer: typeof sobol, space: Space, seed: number, count: number): Float64Array[] {
  const run = optimizer.open(space, {}, seed)
  return run.ask({ number: 0, count, pending: [] }).map(({ params }) => encode(space, params))
}

describe('sobol', () => {
  it('is the sequence of SciPy before it is scrambled, up to dimension 512', () => {
    for (const [index, point] of golden.points.entries()) {
      expect(golden.dimensions.map((dimension) => sequence(index, dimension))).toEqual(point)
    }
    expect(Math.max(...golden.dimensions)).toBe(DIMENSIONS - 1)
  })

  it('scrambles one to one, and leaves equal leading bits equal', () => {
    const kept = (x: number, seed: number) => Math.clz32(scramble(x, seed) ^ scramble(0x12345678, seed))
    for (const seed of [0, 1, 0xdeadbeef]) {
      for (let bit = 0; bit < 32; bit++) expect(kept(0x12345678 ^ (1 << (31 - bit)), seed)).toBe(bit)
    }
  })

  it('puts one of 2^k points into each of 2^k intervals of every coordinate', () => {
    const k = 7
    for (const seed of [1, 2]) {
      const asked = points(sobol, cube(60), seed, 2 ** k)
      for (let dimension = 0; dimension < 60; dimension++) {
        const intervals = new Set(asked.map((point) => Math.floor(point[dimension]! * 2 ** k)))
        expect(intervals.size).toBe(2 ** k)
      }
    }
  })

  it('puts one of 64 points into each of 64 boxes of its first two coordinates, of any shape', () => {
    const asked = points(sobol, cube(2), 5, 64)
    for (let across = 0; across <= 6; across++) {
      const boxes = new Set(
        asked.map(([x, y]) => `${Math.floor(x! * 2 ** across)},${Math.floor(y! * 2 ** (6 - across))}`),
      )
      expect(boxes.size).toBe(64)
    }
  })

  it('integrates ten times better than chance in ten dimensions', () => {
    const space = cube(10)
    const f = (point: Float64Array) => point.reduce((product, x, i) => product * (1 + (x - 0.5) / (1 + i)), 1)
    const error = (optimizer: typeof sobol) => {
      const squares = Array.from({ length: 10 }, (_, seed) => {
        const sample = points(optimizer, space, seed, 512)
        return (sample.reduce((sum, point) => sum + f(point), 0) / sample.length - 1) ** 2
      })
      return Math.sqrt(squares.reduce((a, b) => a + b) / squares.length)
    }
    expect(error(sobol)).toBeLessThan(error(random) / 10)
  })
})
