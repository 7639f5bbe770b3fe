/**
 * The observations of a run, in order. The history grows in place, and is the fold of its observations and of nothing
 * else.
 */
import type { Observation } from '../contract.js'
import { type Encoding, keyOf, type Point, pointAt, pointOf } from './encoding.js'

/** A pruned trial has the value of its forecast and the forecast's sd; without a forecast its last value, or NaN. */
export type Result =
  | { readonly kind: 'complete'; readonly value: number }
  | { readonly kind: 'pruned'; readonly value: number; readonly sd?: number }
  | { readonly kind: 'failed' }

export interface History {
  readonly encoding: Encoding
  readonly points: Point[]
  readonly results: Result[]
  /** Indices of the trials that did not fail, ascending. */
  readonly succeeded: number[]
  readonly keys: Set<string>
}

export function emptyHistory(encoding: Encoding): History {
  return { encoding, points: [], results: [], succeeded: [], keys: new Set() }
}

export function recordObservation(history: History, { params, result }: Observation): void {
  appendResult(history, pointOf(history.encoding, params), resultOf(result))
}

function appendResult(history: History, point: Point, result: Result): void {
  const index = history.points.push(point) - 1
  history.results.push(result)
  if (result.kind !== 'failed') history.succeeded.push(index)
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

export type StoredHistory = {
  /** Per trial its point of the unit cube, null where a parameter was not active. */
  readonly points: readonly (readonly (number | null)[])[]
  /** [value] if complete; [value or null, 0] if pruned, followed by the sd of a forecast; [] if failed. */
  readonly results: readonly (readonly (number | null)[])[]
}

export function historyToJson({ points, results }: History): StoredHistory {
  return {
    points: points.map(({ unit }) => Array.from(unit, orNull)),
    results: results.map((result) => {
      if (result.kind === 'failed') return []
      if (result.kind === 'complete') return [result.value]
      return [orNull(result.value), 0, ...(result.sd === undefined ? [] : [result.sd])]
    }),
  }
}

export function historyFromJson(encoding: Encoding, { points, results }: StoredHistory): History {
  const history = emptyHistory(encoding)
  for (const [i, stored] of results.entries()) {
    const point = pointAt(
      encoding,
      Float64Array.from(points[i]!, (unit) => unit ?? Number.NaN),
    )
    appendResult(history, point, resultFrom(stored))
  }
  return history
}

function resultFrom([value, pruned, sd]: StoredHistory['results'][number]): Result {
  if (value === undefined) return { kind: 'failed' }
  if (pruned === undefined) return { kind: 'complete', value: value! }
  return { kind: 'pruned', value: value ?? Number.NaN, ...(typeof sd === 'number' && { sd }) }
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
