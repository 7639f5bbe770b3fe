/** The options of gp. docs/gp.md says why each is as it is. */
import { OptionsError } from '../contract.js'
import { optionsObject } from '../options.js'
import { readStartup } from '../surrogate/starting-design.js'

export interface GpOptions {
  /** Trials that must have given a value before the model is asked; null for one per parameter, at least eight. */
  readonly startup: number | null
  /** The radius of the trust region of every other trial, as a share of each parameter's range; null for none. */
  readonly trustRegion: number | null
}

export function readOptions(json: unknown): GpOptions {
  const given = optionsObject(json, ['startup', 'trustRegion'])
  return { startup: readStartup(given.startup), trustRegion: readTrustRegion(given.trustRegion) }
}

function readTrustRegion(value: unknown): number | null {
  if (value === undefined) return 0.25
  if (value === null || (typeof value === 'number' && value > 0 && value <= 1)) return value
  throw new OptionsError(
    'trustRegion',
    'expected a share of the range above 0 and up to 1, or null for anywhere',
  )
}
