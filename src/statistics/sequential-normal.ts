/**
 * A test of a normal mean that may stop after every observation: for a gain, or because there is no hope of one.
 * Boundaries by the recursion of Armitage, McPherson & Rowe (1969, Repeated significance tests on accumulating data);
 * both errors are spent as in Lan & DeMets (1983) and, for the second, Pampallona, Tsiatis & Kim (2001).
 */
import { normalCdf, normalQuantile } from '../../optimizers/math/normal.js'

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

/**
 * By look k the share (k / looks)^power of an error may be spent. Little of alpha early, so that luck of one run is not
 * enough; much of beta early, because most of what is tested is worse. Chosen by `npm run bench -- keep`.
 */
const ALPHA_POWER = 2
const BETA_POWER = 0.5

function shareOfLook(k: number, looks: number, power: number): number {
  return (k / looks) ** power - ((k - 1) / looks) ** power
}

/**
 * Accepting and giving up bind both, so the errors hold where the variance is known. The last look is the first one that
 * reaches the power which is asked for, if any does; it spends all of alpha that is left.
 */
export function sequentialTest({ alpha, beta, effect, looks }: SequentialPlan): SequentialTest {
  const upper: number[] = []
  const lower: number[] = []
  let power = 0
  let [leftAlpha, dueAlpha, dueBeta] = [alpha, 0, 0]
  let density = start()
  for (let k = 1; ; k++) {
    const boundOf = (level: number) => solve((bound) => level - exitAbove(density, bound), density)
    const final = boundOf(leftAlpha)
    const finalPower = power + exitAboveUnder(density, final, effect, k)
    if (k === looks || finalPower >= 1 - beta)
      return { upper: [...upper, final], lower: [...lower, final], power: finalPower }
    dueAlpha += alpha * shareOfLook(k, looks, ALPHA_POWER)
    dueBeta += beta * shareOfLook(k, looks, BETA_POWER)
    const a = boundOf(dueAlpha)
    const below = (bound: number) => exitBelow(density, bound, effect, k)
    const b = Math.min(
      a,
      solve((bound) => below(bound) - dueBeta, density),
    )
    upper.push(a)
    lower.push(b)
    if (b === a) return { upper, lower, power: power + exitAboveUnder(density, a, effect, k) }
    power += exitAboveUnder(density, a, effect, k)
    const spent = exitAbove(density, a)
    leftAlpha -= spent
    dueAlpha -= spent
    dueBeta -= below(b)
    density = step(density, b, a)
  }
}

/** The part of the distribution of the sum, at mean 0, that has not stopped yet: weights of a grid. */
interface Density {
  readonly points: Float64Array
  readonly weights: Float64Array
}

/** Even, for Simpson's rule. */
const GRID = 200
const FAR = 8

function start(): Density {
  return { points: Float64Array.of(0), weights: Float64Array.of(1) }
}

function step({ points, weights }: Density, low: number, high: number): Density {
  const from = Math.max(low, points[0]! - FAR)
  const to = Math.min(high, points.at(-1)! + FAR)
  const width = (to - from) / GRID
  const next = Float64Array.from({ length: GRID + 1 }, (_, i) => from + i * width)
  const mass = next.map((s, i) => {
    let sum = 0
    for (let j = 0; j < points.length; j++) sum += weights[j]! * standardDensity(s - points[j]!)
    return (sum * width * (i === 0 || i === GRID ? 1 : i % 2 === 1 ? 4 : 2)) / 3
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
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2
    if (increasing(middle) > 0) high = middle
    else low = middle
  }
  return (low + high) / 2
}

/** The least effect that a plan finds with its second error. Stopping early costs less than 40 % of it. */
export function leastEffect({ alpha, beta, looks }: Omit<SequentialPlan, 'effect'>): number {
  const fixed = (normalQuantile(1 - alpha) + normalQuantile(1 - beta)) / Math.sqrt(looks)
  let [low, high] = [fixed, 1.4 * fixed]
  for (let i = 0; i < 12; i++) {
    const effect = (low + high) / 2
    if (sequentialTest({ alpha, beta, effect, looks }).power < 1 - beta) low = effect
    else high = effect
  }
  return high
}
