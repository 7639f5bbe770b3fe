/** The options of smac. docs/smac.md says why each is as it is. */
import { OptionsError } from '../contract.js'
import { optionsObject } from '../options.js'
import { readStartup } from '../surrogate/starting-design.js'

export interface SmacOptions {
  /** Trials that must have given a value before the model is asked; null for one per parameter, at least eight. */
  readonly startup: number | null
  readonly trees: number
  /** No leaf has fewer values. */
  readonly leaf: number
  /** A node is split by the best of this share of the columns, drawn at random. */
  readonly columns: number
  /** The share of the trials that are drawn at random anywhere in the space, once the model is asked. */
  readonly interleave: number
}

const DEFAULTS = { trees: 30, leaf: 2, columns: 0.5, interleave: 0.1 }

export function readOptions(json: unknown): SmacOptions {
  const given = optionsObject(json, ['startup', 'trees', 'leaf', 'columns', 'interleave'])
  return {
    startup: readStartup(given.startup),
    trees: readCount('trees', given.trees ?? DEFAULTS.trees, 500),
    leaf: readCount('leaf', given.leaf ?? DEFAULTS.leaf, 100),
    columns: readShare('columns', given.columns ?? DEFAULTS.columns, 0.01),
    interleave: readShare('interleave', given.interleave ?? DEFAULTS.interleave, 0),
  }
}

function readCount(path: string, value: unknown, most: number): number {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most) return value as number
  throw new OptionsError(path, `expected a whole number from 1 to ${most}`)
}

function readShare(path: string, value: unknown, least: number): number {
  if (typeof value === 'number' && value >= least && value <= 1) return value
  throw new OptionsError(path, `expected a share from ${least} to 1`)
}
