/** The options of cma-es: names, defaults and checks. docs/cma-es.md says why each is as it is. */
import { OptionsError } from '../contract.js'
import { optionsObject } from '../options.js'
import type { Settings } from './strategy.js'

export type CmaesOptions = Pick<
  Settings,
  'population' | 'sigma' | 'sampling' | 'margin' | 'learningRate' | 'restarts'
> & {
  /** Where the first run begins. */
  readonly mean: 'default' | 'centre'
  /** How continuous parameters are kept within their bounds. */
  readonly bounds: 'smooth' | 'resample'
}

export function readOptions(json: unknown): CmaesOptions {
  const given = optionsObject(json, [
    'population',
    'sigma',
    'mean',
    'bounds',
    'sampling',
    'margin',
    'learningRate',
    'restarts',
  ])
  return {
    population: readPopulation(given.population ?? null),
    sigma: readSigma(given.sigma ?? 0.15),
    mean: oneOf('mean', given.mean ?? 'default', ['default', 'centre']),
    bounds: oneOf('bounds', given.bounds ?? 'smooth', ['smooth', 'resample']),
    sampling: oneOf('sampling', given.sampling ?? 'mirrored', ['mirrored', 'independent']),
    margin: oneOf('margin', given.margin ?? 'hamano-2025', ['hamano-2022', 'hamano-2025']),
    learningRate: oneOf('learningRate', given.learningRate ?? 'fixed', ['fixed', 'adaptive']),
    restarts: oneOf('restarts', given.restarts ?? 'bipop', ['none', 'ipop', 'bipop']),
  }
}

function readPopulation(value: unknown): number | null {
  if (value === null) return null
  if (Number.isInteger(value) && (value as number) >= 4 && (value as number) <= 10_000) return value as number
  throw new OptionsError(
    'population',
    'expected a whole number from 4 to 10000, or null for 4 + 3 ln(parameters)',
  )
}

function readSigma(value: unknown): number {
  if (typeof value === 'number' && value >= 1e-6 && value <= 1) return value
  throw new OptionsError('sigma', "expected a number from 0.000001 to 1: a share of every parameter's range")
}

function oneOf<T extends string>(path: string, value: unknown, allowed: readonly T[]): T {
  if (allowed.includes(value as T)) return value as T
  throw new OptionsError(path, `expected one of ${allowed.join(', ')}`)
}
