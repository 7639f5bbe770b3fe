/** The options of gp. docs/gp.md says why each is as it is. */
import { OptionsError } from '../contract.js'
import { optionsObject } from '../options.js'
import { readStartup } from '../surrogate/starting-design.js'

export interface GpOptions {
  /** Trials that must have given a value before the model is asked; null for one per parameter that is active at once, at least eight. */
  readonly startup: number | null
  /** The radius of the trust region of every other trial, as a share of each parameter's range; null for none. */
  readonly trustRegion: number | null
  /** 0 where a configuration that runs again has the same value; null for what the observations say. */
  readonly noise: 0 | null
}

export function readOptions(json: unknown): GpOptions {
  const given = optionsObject(json, ['startup', 'trustRegion', 'noise'])
  return {
    startup: readStartup(given.startup),
    trustRegion: readTrustRegion(given.trustRegion),
    noise: readNoise(given.noise ?? null),
  }
}

function readNoise(value: unknown): 0 | null {
  if (value === null || value === 0) return value
  throw new OptionsError(
    'noise',
    'expected 0 for values without noise, or null for what the observations say',
  )
}

function readTrustRegion(value: unknown): number | null {
  if (value === undefined) return 0.25
  if (value === null || (typeof value === 'number' && value > 0 && value <= 1)) return value
  throw new OptionsError(
    'trustRegion',
    'expected a share of the range above 0 and up to 1, or null for anywhere',
  )
}
