/**
 * What somebody believes of parameters together, as a prior density: the sum of power × logarithm is normal around its
 * value at the point that the relation names.
 */
import { isPositive } from '../../search-spaces/index.js'
import type { Parameter, Space } from '../../search-spaces/types.js'
import { OptionsError, type Relation } from '../contract.js'
import { stream } from '../rng.js'
import type { Encoding } from './encoding.js'

/** The density of a relation, relative to the uniform one over the space. */
export interface RelationDensity {
  /** 0 where one of its parameters is not active. */
  logDensityAt(unit: Float64Array): number
  /** `weight` times the same at the columns of a point; adds its derivatives by continuous parameters to `gradient`. */
  addGradient(encoding: Encoding, columns: Float64Array, gradient: Float64Array, weight: number): number
}

interface Term {
  readonly parameter: Parameter
  readonly power: number
}

/** Uniform points by which the density is normalised, which decides how the belief mixes with none. */
const DRAWS = 2048
const STREAM = 0x7e1a
/** Of the unit interval, for derivatives of logarithms. */
const STEP = 1e-5
/** No belief is narrower, nor more confident. */
const NARROWEST = Math.log(1.05)
const MOST_CONFIDENT = 0.95

export function relationDensity(space: Space, { of, factor, confidence }: Relation): RelationDensity {
  const terms = Object.entries(of).map(([name, { power }]): Term => {
    return { parameter: space.searched.find((one) => one.name === name)!, power }
  })
  const centre = Object.values(of).reduce((sum, { power, at }) => sum + power * Math.log(at), 0)
  const sd = Math.max(NARROWEST, Math.log(factor))
  const share = Math.min(MOST_CONFIDENT, confidence)
  const bell = (sum: number) => Math.exp(-0.5 * ((sum - centre) / sd) ** 2)
  const mean = meanOverSpace(terms, bell)
  const density = (sum: number) => 1 - share + (share * bell(sum)) / mean
  const slope = (sum: number) => (1 - (1 - share) / density(sum)) * ((centre - sum) / (sd * sd))
  return {
    logDensityAt(unit) {
      const sum = sumOf(terms, ({ coordinate }) => unit[coordinate]!)
      return Number.isNaN(sum) ? 0 : Math.log(density(sum))
    },
    addGradient(encoding, columns, gradient, weight) {
      const sum = sumOf(terms, (parameter) => unitIn(encoding, parameter, columns))
      if (Number.isNaN(sum)) return 0
      for (const { parameter, power } of terms) {
        const column = encoding.columnOf[parameter.coordinate]!
        if (column < 0) continue
        gradient[column]! += weight * slope(sum) * power * riseAt(parameter, columns[column]!)
      }
      return weight * Math.log(density(sum))
    },
  }
}

/** Throws OptionsError that names the place. */
export function checkRelation(space: Space, path: string, { of, factor, confidence }: Relation): void {
  if (Object.keys(of).length < 2)
    throw new OptionsError(
      `${path}.of`,
      'expected two parameters or more: a belief about one has its own place',
    )
  for (const [name, { power, at }] of Object.entries(of)) {
    const parameter = space.searched.find((one) => one.name === name)
    if (!parameter || !isPositive(parameter)) {
      const usable = space.searched.filter(isPositive).map((one) => one.name)
      throw new OptionsError(
        `${path}.of.${name}`,
        `no searched parameter of positive numbers; there are ${usable.join(', ') || 'none'}`,
      )
    }
    if (!(Number.isFinite(power) && power !== 0))
      throw new OptionsError(`${path}.of.${name}.power`, 'expected a number other than 0')
    if (!(Number.isFinite(at) && at > 0))
      throw new OptionsError(
        `${path}.of.${name}.at`,
        'expected a number above 0, in the units of the parameter',
      )
  }
  if (!(Number.isFinite(factor) && factor > 1))
    throw new OptionsError(`${path}.factor`, 'expected a number above 1')
  if (!(confidence >= 0 && confidence <= 1))
    throw new OptionsError(`${path}.confidence`, 'expected a number from 0 to 1')
}

function meanOverSpace(terms: readonly Term[], bell: (sum: number) => number): number {
  const rng = stream(STREAM, terms.length)
  let total = 0
  for (let i = 0; i < DRAWS; i++) total += bell(sumOf(terms, () => rng.uniform()))
  // A belief that lies outside the space is the same everywhere in it.
  return Math.max(total / DRAWS, 1 / DRAWS)
}

function sumOf(terms: readonly Term[], unitOf: (parameter: Parameter) => number): number {
  return terms.reduce((sum, { parameter, power }) => sum + power * logAt(parameter, unitOf(parameter)), 0)
}

function logAt(parameter: Parameter, unit: number): number {
  return Number.isNaN(unit) ? Number.NaN : Math.log(Number(parameter.fromUnit(unit)))
}

function riseAt(parameter: Parameter, unit: number): number {
  const [low, high] = [Math.max(0, unit - STEP), Math.min(1, unit + STEP)]
  return (logAt(parameter, high) - logAt(parameter, low)) / (high - low)
}

/** A discrete parameter's column is its place among the levels. */
function unitIn(
  { inputOf }: Encoding,
  { coordinate, levels, cell }: Parameter,
  columns: Float64Array,
): number {
  const place = columns[inputOf.indexOf(coordinate)]!
  return levels === Infinity ? place : cell(Math.round(place * (levels - 1))).centre
}
