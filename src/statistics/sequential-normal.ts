/**
 * A test of a normal mean that may stop after every observation: for a gain, or because there is no hope of one.
 * Boundaries by the recursion of Armitage, McPherson & Rowe (1969, Repeated significance tests on accumulating data);
 * both errors are spent as in Lan & DeMets (1983) and, for the second, Pampallona, Tsiatis & Kim (2001).
 */
import { normalCdf } from '../../optimizers/math/normal.js'

export interface SequentialPlan {
  /** The chance to accept at mean 0. */
  readonly alpha: number
  /** The chance to stop without accepting at mean `effect`, as far as `looks` observations allow. */
  readonly beta: number
  /** In standard deviations of one observation. */
  readonly effect: number
  /** The most observations. */
  readonly looks: number
}

export interface SequentialTest {
  /** By the number of observations: accept where their sum is at least this. */
  readonly upper: readonly number[]
  /** Give up where their sum is at most this. At the last look it equals `upper`. */
  readonly lower: readonly number[]
  /** The chance to accept at mean `effect`. */
  readonly power: number
}

/** Accepting and giving up bind both, so the errors hold where the variance is known. */
export function sequentialTest({ alpha, beta, effect, looks }: SequentialPlan): SequentialTest {
  const upper: number[] = []
  const lower: number[] = []
  let power = 0
  let [unspentAlpha, unspentBeta] = [0, 0]
  let density = start()
  for (let k = 1; k <= looks; k++) {
    unspentAlpha += alpha / looks
    unspentBeta += beta / looks
    const above = (bound: number) => exitAbove(density, bound)
    const a = solve((bound) => unspentAlpha - above(bound), density)
    const below = (bound: number) => exitBelow(density, bound, effect, k)
    const last = k === looks
    const b = last
      ? a
      : Math.min(
          a,
          solve((bound) => below(bound) - unspentBeta, density),
        )
    power += exitAboveUnder(density, a, effect, k)
    unspentAlpha -= above(a)
    unspentBeta -= below(b)
    upper.push(a)
    lower.push(b)
    if (b >= a) break
    density = step(density, b, a)
  }
  return { upper, lower, power }
}

/** The part of the distribution of the sum, at mean 0, that has not stopped yet: weights of a grid. */
interface Density {
  readonly points: Float64Array
  readonly weights: Float64Array
}

const GRID = 400
const FAR = 8

function start(): Density {
  return { points: Float64Array.of(0), weights: Float64Array.of(1) }
}

/** The trapezoidal rule converges fast, since the density is smooth inside the bounds. */
function step({ points, weights }: Density, low: number, high: number): Density {
  const from = Math.max(low, points[0]! - FAR)
  const to = Math.min(high, points.at(-1)! + FAR)
  const width = (to - from) / GRID
  const next = Float64Array.from({ length: GRID + 1 }, (_, i) => from + i * width)
  const mass = next.map((s, i) => {
    let sum = 0
    for (let j = 0; j < points.length; j++) sum += weights[j]! * standardDensity(s - points[j]!)
    return sum * width * (i === 0 || i === GRID ? 0.5 : 1)
  })
  return { points: next, weights: mass }
}

function exitAbove({ points, weights }: Density, bound: number): number {
  let sum = 0
  for (let j = 0; j < points.length; j++) sum += weights[j]! * normalCdf(points[j]! - bound)
  return sum
}

/** At mean `effect` a path that has come to `s` after k − 1 steps is exp(effect · s − (k − 1) effect²/2) times as likely. */
function exitAboveUnder({ points, weights }: Density, bound: number, effect: number, k: number): number {
  let sum = 0
  for (let j = 0; j < points.length; j++)
    sum += weights[j]! * likelihood(points[j]!, effect, k) * normalCdf(points[j]! + effect - bound)
  return sum
}

function exitBelow({ points, weights }: Density, bound: number, effect: number, k: number): number {
  let sum = 0
  for (let j = 0; j < points.length; j++)
    sum += weights[j]! * likelihood(points[j]!, effect, k) * normalCdf(bound - points[j]! - effect)
  return sum
}

function likelihood(s: number, effect: number, k: number): number {
  return Math.exp(effect * s - ((k - 1) * effect * effect) / 2)
}

function standardDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)
}

/** The zero of an increasing function, by bisection. */
function solve(increasing: (bound: number) => number, { points }: Density): number {
  let [low, high] = [points[0]! - 2 * FAR, points.at(-1)! + 2 * FAR]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (increasing(middle) > 0) high = middle
    else low = middle
  }
  return (low + high) / 2
}
