/** A strategy as JSON and back, to the bit. What follows from the settings and the other members is computed again. */
import type { Json } from '../contract.js'
import { constantsFor } from './constants.js'
import { decompose, type Eigen, type Vector, zeros } from './eigen.js'
import type { Run } from './run.js'
import type { Settings, Strategy } from './strategy.js'
import type { Distribution } from './update.js'
import type { Prior } from './warm-start.js'

interface Saved extends Omit<Strategy, 'settings' | 'run' | 'prior'> {
  readonly run: SavedRun
  readonly prior?: SavedPrior
}

interface SavedRun extends Omit<Run, 'constants' | 'distribution'> {
  readonly distribution?: SavedDistribution
}

interface SavedDistribution extends Omit<Distribution, 'C' | 'eigen'> {
  /** The lower triangle of C, row by row. */
  readonly lower: Vector
  /** Present only where it is not that of C: in many dimensions generations share one. */
  readonly eigen?: Eigen
}

interface SavedPrior {
  readonly count: number
  /** Null for NaN: a parameter that was not active. */
  readonly best: readonly { x: readonly (number | null)[]; c: readonly (number | null)[]; value: number }[]
}

export function strategyToJson({ settings: _, run, ...rest }: Strategy): Json {
  return plain({ ...rest, run: savedRun(run) })
}

export function strategyFromJson(json: Json, settings: Settings): Strategy {
  const { run, prior, points, ...rest } = json as unknown as Saved
  return {
    ...rest,
    settings,
    points: [...points],
    run: loadedRun(run),
    ...(prior && { prior: loadedPrior(prior) }),
  }
}

function savedRun({ constants: _, distribution, ...rest }: Run) {
  return { ...rest, distribution: distribution && savedDistribution(distribution) }
}

function loadedRun({ distribution, ...rest }: SavedRun): Run {
  return {
    ...rest,
    constants: constantsFor(Math.max(1, rest.margin.A.length), rest.regime.lambda),
    ...(distribution && { distribution: loadedDistribution(distribution) }),
  }
}

function savedDistribution({ C, eigen, ...rest }: Distribution) {
  const n = rest.mean.length
  const rows = Array.from({ length: n }, (_, i) => C.slice(i * n, i * n + i + 1))
  const follows = rest.eigenGeneration === rest.generation
  return { ...rest, lower: rows.flat(), eigen: follows ? undefined : eigen }
}

function loadedDistribution({ lower, eigen, ...rest }: SavedDistribution): Distribution {
  const n = rest.mean.length
  const C = fullMatrix(lower, n)
  return { ...rest, C, eigen: eigen ?? decompose(C, n) }
}

function fullMatrix(lower: Vector, n: number): Vector {
  const full = zeros(n * n)
  let next = 0
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      full[i * n + j] = full[j * n + i] = lower[next++]!
    }
  }
  return full
}

function loadedPrior({ count, best }: SavedPrior): Prior {
  return { count, best: best.map(({ x, c, value }) => ({ x: x.map((v) => v ?? Number.NaN), c, value })) }
}

/** With its keys in order, since a database may change that; 0 for −0, null for NaN, nothing for undefined. */
function plain(value: unknown): Json {
  if (typeof value === 'number') return Number.isNaN(value) ? null : value + 0
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value as Json
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([key, one]) => [key, plain(one)]))
}
