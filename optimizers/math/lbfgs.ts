/**
 * The least value of a smooth function in a box: L-BFGS with its steps cut off at the bounds.
 *
 * Nocedal & Wright (2006), Numerical Optimization, algorithm 7.4 (two loops), with Armijo's condition (3.4). A
 * coordinate at its bound does not move while the function falls beyond the bound.
 */
import { dot } from './vectors.js'

/** Gives the value at x, and puts its derivatives into `gradient`. */
export type Smooth = (x: Float64Array, gradient: Float64Array) => number

export interface Minimum {
  readonly x: Float64Array
  readonly value: number
}

const MEMORY = 8
const ARMIJO = 1e-4
const HALVINGS = 12

export function minimise(
  f: Smooth,
  start: Float64Array,
  [low, high]: readonly [Float64Array, Float64Array],
  { evaluations, tolerance, firstStep }: { evaluations: number; tolerance: number; firstStep: number },
): Minimum {
  const n = start.length
  let x = start.map((value, i) => clamp(value, low[i]!, high[i]!))
  let gradient = new Float64Array(n)
  let value = f(x, gradient)
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = []
  for (let spent = 1; spent < evaluations; ) {
    const free = gradient.map((g, i) => ((x[i]! <= low[i]! && g > 0) || (x[i]! >= high[i]! && g < 0) ? 0 : 1))
    let direction = descent(gradient, pairs, free)
    let slope = dot(direction, gradient)
    if (!(slope < 0)) {
      pairs.length = 0
      direction = gradient.map((g, i) => -g * free[i]!)
      slope = dot(direction, gradient)
    }
    if (!(slope < 0)) break
    const length = Math.sqrt(dot(direction, direction))
    let step = pairs.length === 0 ? Math.min(1, firstStep / length) : 1
    let moved = x
    const next = new Float64Array(n)
    let found = Number.POSITIVE_INFINITY
    for (let halving = 0; halving < HALVINGS && spent < evaluations; halving++, step /= 3) {
      moved = x.map((from, i) => clamp(from + step * direction[i]!, low[i]!, high[i]!))
      found = f(moved, next)
      spent++
      if (found <= value + ARMIJO * step * slope) break
    }
    if (!(found < value)) break
    const s = moved.map((to, i) => to - x[i]!)
    const y = next.map((g, i) => g - gradient[i]!)
    const curvature = dot(s, y)
    if (curvature > 1e-12 * dot(y, y)) {
      if (pairs.push({ s, y, rho: 1 / curvature }) > MEMORY) pairs.shift()
    }
    const gain = value - found
    ;[x, gradient, value] = [moved, next, found]
    if (gain < tolerance) break
  }
  return { x, value }
}

/** −H·g by the two loops, in the free coordinates alone. */
function descent(
  gradient: Float64Array,
  pairs: readonly { s: Float64Array; y: Float64Array; rho: number }[],
  free: Float64Array,
): Float64Array {
  const q = gradient.map((g, i) => g * free[i]!)
  const alphas = new Float64Array(pairs.length)
  for (let k = pairs.length - 1; k >= 0; k--) {
    const { s, y, rho } = pairs[k]!
    alphas[k] = rho * dot(s, q)
    for (let i = 0; i < q.length; i++) q[i]! -= alphas[k]! * y[i]!
  }
  const last = pairs.at(-1)
  const scale = last ? 1 / (last.rho * dot(last.y, last.y)) : 1
  for (let i = 0; i < q.length; i++) q[i]! *= scale
  for (const [k, { s, y, rho }] of pairs.entries()) {
    const beta = rho * dot(y, q)
    for (let i = 0; i < q.length; i++) q[i]! += (alphas[k]! - beta) * s[i]!
  }
  return q.map((value, i) => -value * free[i]!)
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value
}
