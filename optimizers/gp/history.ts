/** What was observed, in order. It grows in place, and is the fold of its observations and of nothing else. */
import type { Observation } from '../contract.js'
import { type Encoding, keyOf, type Point, pointAt, pointOf } from './encoding.js'

/** Complete: its value. Pruned: the last value it reported, NaN where there was none; or with an sd, what was forecast. */
export type Result =
  | { readonly kind: 'complete'; readonly value: number }
  | { readonly kind: 'pruned'; readonly value: number; readonly sd?: number }
  | { readonly kind: 'failed' }

export interface History {
  readonly encoding: Encoding
  readonly points: Point[]
  readonly results: Result[]
  /** Places of the trials that did not fail. */
  readonly told: number[]
  readonly keys: Set<string>
}

export function emptyHistory(encoding: Encoding): History {
  return { encoding, points: [], results: [], told: [], keys: new Set() }
}

export function record(history: History, { params, result }: Observation): void {
  append(history, pointOf(history.encoding, params), resultOf(result))
}

function append(history: History, point: Point, result: Result): void {
  const place = history.points.push(point) - 1
  history.results.push(result)
  if (result.kind !== 'failed') history.told.push(place)
  history.keys.add(keyOf(point))
}

function resultOf(result: Observation['result']): Result {
  if (result.outcome === 'complete') return { kind: 'complete', value: result.value + 0 } // JSON has no -0
  if (result.outcome === 'pruned') {
    const { forecast, value = Number.NaN } = result
    return forecast
      ? { kind: 'pruned', value: forecast.mean + 0, sd: forecast.sd }
      : { kind: 'pruned', value: value + 0 }
  }
  return { kind: 'failed' }
}

// ── as JSON ──

export type Stored = {
  /** Per trial its point of the unit cube, null where a parameter was not active. */
  readonly points: readonly (readonly (number | null)[])[]
  /** [value] where it is complete, [value or null, 0] where it was pruned, with an sd behind a forecast, [] where it failed. */
  readonly results: readonly (readonly (number | null)[])[]
}

export function toJson({ points, results }: History): Stored {
  return {
    points: points.map(({ unit }) => Array.from(unit, orNull)),
    results: results.map((result) => {
      if (result.kind === 'failed') return []
      if (result.kind === 'complete') return [result.value]
      return [orNull(result.value), 0, ...(result.sd === undefined ? [] : [result.sd])]
    }),
  }
}

export function fromJson(encoding: Encoding, { points, results }: Stored): History {
  const history = emptyHistory(encoding)
  for (const [i, stored] of results.entries()) {
    const point = pointAt(
      encoding,
      Float64Array.from(points[i]!, (unit) => unit ?? Number.NaN),
    )
    append(history, point, resultFrom(stored))
  }
  return history
}

function resultFrom([value, pruned, sd]: Stored['results'][number]): Result {
  if (value === undefined) return { kind: 'failed' }
  if (pruned === undefined) return { kind: 'complete', value: value! }
  return { kind: 'pruned', value: value ?? Number.NaN, ...(typeof sd === 'number' && { sd }) }
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
