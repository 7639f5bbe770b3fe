/** What one point costs CMA-ES on a plain cube, eigendecomposition and all: the same task as clock.py gives `cmaes`. */
import { openSearch } from '../../optimizers/search.js'
import type { Params, Space } from '../../search-spaces/index.js'
import { readSpace } from '../../search-spaces/index.js'
import { cpuSeconds, type Pace } from './pace.js'

export interface PointsTask {
  readonly dimensions: number
  readonly generations: number
  readonly repeats: number
}

/** Seconds a point, one number a repeat, once its code is compiled: what ran before in this process was of other shapes. */
export function timePoints(
  { dimensions, generations, repeats }: PointsTask,
  { warmUp: seconds }: Pace,
): number[] {
  const cube = readSpace({
    parameters: Object.fromEntries(
      Array.from({ length: dimensions }, (_, i) => [`x${i}`, { type: 'float', low: 0, high: 1 }]),
    ),
  })
  const started = cpuSeconds()
  while (cpuSeconds() - started < seconds) timeSearch(cube, generations, 0)
  return Array.from({ length: repeats }, (_, i) => timeSearch(cube, generations, i + 1))
}

function timeSearch(cube: Space, generations: number, seed: number): number {
  const count = 4 + Math.floor(3 * Math.log(cube.searched.length))
  const method = { optimizer: { kind: 'cma-es' }, preflight: 'off', start: 'optimizer' } as const
  const search = openSearch(cube, method, seed)
  let spent = 0
  for (let generation = 0; generation < generations; generation++) {
    const start = cpuSeconds()
    const proposals = search.propose({ number: generation * count, count, pending: [] })
    spent += cpuSeconds() - start
    const observations = proposals.map(({ number, params, memo }) => ({
      number,
      params,
      result: { outcome: 'complete', value: ellipsoid(params) } as const,
      ...(memo !== undefined && { memo }),
    }))
    const valued = cpuSeconds()
    search.observe(observations)
    spent += cpuSeconds() - valued
  }
  return spent / (generations * count)
}

function ellipsoid(params: Params): number {
  const x = Object.values(params) as number[]
  return x.reduce((sum, xi, i) => sum + 10 ** ((3 * i) / (x.length - 1)) * (xi - 0.3) ** 2, 0)
}
