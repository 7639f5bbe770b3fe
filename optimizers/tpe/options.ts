/** The options of tpe: names, defaults and checks. docs/tpe.md says why each is as it is. */
import { OptionsError } from '../contract.js'
import { optionsObject } from '../options.js'

export interface TpeOptions {
  /** One density over the parameters that are active together; else one per parameter, as if they were independent. */
  readonly multivariate: boolean
  /** Trials that must have given a value before the densities are trusted. */
  readonly startup: number
  /** Points drawn from the good density; the best of them is proposed. */
  readonly candidates: number
  /** Values tried for each parameter of that best point, one parameter after the other, in up to three rounds. */
  readonly climb: number
  /** How many are good: share · n, or share · √n, at most `most`. */
  readonly gamma: { readonly rule: 'linear' | 'sqrt'; readonly share: number; readonly most: number }
  /** Of good trials by their improvement, of all trials by age, or all alike. */
  readonly weights: 'improvement' | 'recency' | 'uniform'
  /** Of the prior, against 1 of an observation. */
  readonly priorWeight: number
  readonly bandwidth: {
    readonly rule: 'range' | 'neighbours' | 'scott'
    /** Rule `range` only: of the parameter's range, before it shrinks with the number of observations. */
    readonly factor: number
    /** No kernel is narrower, as a share of the range. */
    readonly minimum: number
    /** Nor narrower than (n + 2)^-exponent, unless null. */
    readonly magicExponent: number | null
  }
  /** The share of a categorical kernel that the other levels get; null: the prior's weight over n + 1. */
  readonly categoricalBandwidth: number | null
}

export function readOptions(json: unknown): TpeOptions {
  const given = optionsObject(json, names)
  const multivariate = boolean('multivariate', given.multivariate ?? true)
  return {
    multivariate,
    startup: integer('startup', given.startup ?? 5, 1, 10_000),
    candidates: integer('candidates', given.candidates ?? 24, 1, 10_000),
    climb: integer('climb', given.climb ?? 2, 0, 1000),
    gamma: readGamma(given.gamma),
    weights: oneOf('weights', given.weights ?? 'improvement', ['improvement', 'recency', 'uniform']),
    priorWeight: number('priorWeight', given.priorWeight ?? 1, 0, 1000),
    bandwidth: readBandwidth(given.bandwidth, multivariate),
    categoricalBandwidth: orNull('categoricalBandwidth', given.categoricalBandwidth ?? null, 0, 1),
  }
}

function readGamma(json: unknown): TpeOptions['gamma'] {
  const given = part('gamma', json, ['rule', 'share', 'most'])
  return {
    rule: oneOf('gamma.rule', given.rule ?? 'linear', ['linear', 'sqrt']),
    share: number('gamma.share', given.share ?? 0.1, 0.001, 10),
    most: integer('gamma.most', given.most ?? 25, 1, 1_000_000),
  }
}

/** One-dimensional densities are sharp where observations are dense; in many dimensions nothing has near neighbours. */
function readBandwidth(json: unknown, multivariate: boolean): TpeOptions['bandwidth'] {
  const given = part('bandwidth', json, ['rule', 'factor', 'minimum', 'magicExponent'])
  const usual = multivariate ? 'range' : 'neighbours'
  return {
    rule: oneOf('bandwidth.rule', given.rule ?? usual, ['range', 'neighbours', 'scott']),
    factor: number('bandwidth.factor', given.factor ?? 0.08, 1e-6, 1),
    minimum: number('bandwidth.minimum', given.minimum ?? 0.03, 1e-12, 1),
    magicExponent: orNull('bandwidth.magicExponent', given.magicExponent ?? null, 0, 10),
  }
}

const names = [
  'multivariate',
  'startup',
  'candidates',
  'climb',
  'gamma',
  'weights',
  'priorWeight',
  'bandwidth',
  'categoricalBandwidth',
]

function part(path: string, json: unknown, known: readonly string[]): Record<string, unknown> {
  try {
    return optionsObject(json, known)
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error
    throw new OptionsError([path, error.path].filter(Boolean).join('.'), error.message)
  }
}

function boolean(path: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new OptionsError(path, `expected true or false, got ${show(value)}`)
  return value
}

function number(path: string, value: unknown, low: number, high: number): number {
  if (typeof value === 'number' && value >= low && value <= high) return value
  throw new OptionsError(path, `expected a number from ${low} to ${high}, got ${show(value)}`)
}

function integer(path: string, value: unknown, low: number, high: number): number {
  if (Number.isInteger(value)) return number(path, value, low, high)
  throw new OptionsError(path, `expected a whole number from ${low} to ${high}, got ${show(value)}`)
}

function orNull(path: string, value: unknown, low: number, high: number): number | null {
  if (value === null || (typeof value === 'number' && value >= low && value <= high)) return value
  throw new OptionsError(path, `expected a number from ${low} to ${high}, or null, got ${show(value)}`)
}

function oneOf<T extends string>(path: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value)
  if (found === undefined) {
    throw new OptionsError(path, `expected one of ${allowed.join(', ')}, got ${show(value)}`)
  }
  return found
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
