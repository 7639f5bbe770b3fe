/** The options of gp. docs/gp.md says why each is as it is. */
import { OptionsError } from '../contract.js'
import { optionsObject } from '../options.js'

export interface GpOptions {
  /** Trials that must have given a value before the model is asked; null: one per parameter, at least eight. */
  readonly startup: number | null
}

export function readOptions(json: unknown): GpOptions {
  const given = optionsObject(json, ['startup'])
  return { startup: readStartup(given.startup ?? null) }
}

function readStartup(value: unknown): number | null {
  if (value === null) return null
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 10_000) return value as number
  throw new OptionsError('startup', 'expected a whole number from 1 to 10000, or null for one per parameter')
}
