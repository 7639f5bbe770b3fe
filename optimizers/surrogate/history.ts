/**
 * The observations of a run, in order. The history grows in place, and is the fold of its observations and of nothing
 * else.
 */
import type { Observation } from '../contract.js'
import { cliffEdge, lossesLookedAt } from './cliff.js'
import { type Encoding, keyOf, type Point, pointAt, pointOf, startSize } from './encoding.js'

/** A pruned trial has the value of its forecast and the forecast's sd; without a forecast its last value, or NaN. */
export type Result =
  | { readonly kind: 'complete'; readonly value: number }
  | { readonly kind: 'pruned'; readonly value: number; readonly sd?: number }
  | { readonly kind: 'failed' }

export interface History {
  readonly encoding: Encoding
  readonly points: Point[]
  readonly results: Result[]
  /** Indices of the trials that neither failed nor lie beyond a cliff, ascending. */
  readonly succeeded: number[]
  readonly keys: Set<string>
  readonly cliff: Cliff
}

/** Where losses jump by orders of magnitude (cliff.ts). */
export interface Cliff {
  /** The first losses, among which it is looked for. */
  readonly losses: number[]
  edge: number
  /** How often the edge has moved: then other trials count as failed. */
  moves: number
}

export function emptyHistory(encoding: Encoding): History {
  const cliff = { losses: [], edge: Number.POSITIVE_INFINITY, moves: 0 }
  return { encoding, points: [], results: [], succeeded: [], keys: new Set(), cliff }
}

export function recordObservation(history: History, { params, result }: Observation): void {
  appendResult(history, pointOf(history.encoding, params), resultOf(result))
}

export function appendResult(history: History, point: Point, result: Result): void {
  const index = history.points.push(point) - 1
  history.results.push(result)
  history.keys.add(keyOf(point))
  if (result.kind === 'complete' && moveEdge(history, result.value)) recountSucceeded(history)
  else if (gaveValue(result, history.cliff)) history.succeeded.push(index)
}

function gaveValue(result: Result, { edge }: Cliff): boolean {
  return result.kind === 'pruned' || (result.kind === 'complete' && result.value <= edge)
}

/** Whether the edge of the cliff is elsewhere with one more loss. */
function moveEdge({ encoding, cliff }: History, loss: number): boolean {
  const first = startSize(encoding)
  if (cliff.losses.length >= lossesLookedAt(first)) return false
  cliff.losses.push(loss)
  const edge = cliffEdge(cliff.losses, first)
  if (edge === cliff.edge) return false
  cliff.edge = edge
  cliff.moves++
  return true
}

function recountSucceeded({ results, succeeded, cliff }: History): void {
  succeeded.length = 0
  for (const [index, result] of results.entries()) if (gaveValue(result, cliff)) succeeded.push(index)
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
