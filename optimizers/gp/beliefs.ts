/**
 * What somebody believes of where the optimum lies, as a density over the space, and how much that counts.
 *
 * Hvarfner et al. (2022), πBO: Augmenting Acquisition Functions with User Beliefs, eq. 6: the acquisition times
 * π(x)^(β/n), which fades as observations come. Beyond the paper, a prior that the observations contradict is dropped.
 */
import type { Parameter, Space } from '../../search-spaces/types.js'
import { type Belief, type Beliefs, OptionsError } from '../contract.js'
import { truncatedNormalLogPdf, truncatedNormalQuantile } from '../math/normal.js'
import type { Rng } from '../rng.js'

export interface Prior {
  readonly beliefs: Beliefs
  /** How many trials had been observed when it was given. */
  readonly since: number
  /** One for each coordinate of the unit cube; undefined where nothing is believed. */
  readonly factors: readonly (Factor | undefined)[]
}

/** The density of one coordinate, relative to even. */
interface Factor {
  readonly log: (unit: number) => number
  readonly slope: (unit: number) => number
  readonly draw: (rng: Rng) => number
}

/** β: what it counts for at first, in observations. */
const BETA = 10
/** No belief is narrower, as a share of the range, nor surer. */
const NARROWEST = 0.02
const SUREST = 0.95
/** Observations before it can be contradicted, and by how many standard deviations. */
const ENOUGH = 8
const SURE = 2

/** Throws OptionsError that names the place. */
export function priorOf(space: Space, beliefs: Beliefs, since: number): Prior {
  for (const [name, belief] of Object.entries(beliefs.parameters)) check(space, name, belief)
  const factors = space.searched.map((parameter) => {
    const belief = beliefs.parameters[parameter.name]
    return belief && factorOf(parameter, belief)
  })
  return { beliefs, since, factors }
}

/** log π, relative to even; what is not active says nothing. */
export function logPriorAt({ factors }: Prior, unit: Float64Array): number {
  let sum = 0
  for (const [d, factor] of factors.entries()) {
    if (factor && !Number.isNaN(unit[d]!)) sum += factor.log(unit[d]!)
  }
  return sum
}

export function drawFrom(prior: Prior, rng: Rng): Float64Array {
  return Float64Array.from(prior.factors, (factor) => factor?.draw(rng) ?? rng.uniform())
}

/** β/n. */
export function weightAt({ since }: Prior, observed: number): number {
  return BETA / Math.max(1, observed - since + 1)
}

/** Do trials get worse the more is believed of them? Spearman's rank correlation, against no correlation. */
export function contradicted(prior: Prior, units: readonly Float64Array[], values: Float64Array): boolean {
  const n = units.length
  if (n < ENOUGH) return false
  const believed = Float64Array.from(units, (unit) => logPriorAt(prior, unit))
  return correlation(ranks(believed), ranks(values)) * Math.sqrt(n - 1) > SURE
}

function factorOf(parameter: Parameter, { centre, spread, confidence }: Belief): Factor {
  const share = Math.min(SUREST, confidence)
  const at = parameter.toUnit(centre)
  if (!parameter.numeric) return ofChoice(parameter, parameter.indexOf(centre), share)
  const sd = Math.max(NARROWEST, widthOf(parameter, centre as number, spread ?? 0))
  const [low, high] = [-at / sd, (1 - at) / sd]
  const bump = (unit: number) => truncatedNormalLogPdf((unit - at) / sd, low, high) - Math.log(sd)
  const log = (unit: number) => Math.log(1 - share + share * Math.exp(bump(unit)))
  return {
    log,
    slope: (unit) => (share * Math.exp(bump(unit) - log(unit)) * (at - unit)) / (sd * sd),
    draw: (rng) =>
      rng.uniform() < share ? at + sd * truncatedNormalQuantile(rng.uniform(), low, high) : rng.uniform(),
  }
}

function ofChoice(parameter: Parameter, believed: number, share: number): Factor {
  const { levels } = parameter
  const levelAt = (unit: number) => parameter.indexOf(parameter.fromUnit(unit))
  return {
    log: (unit) => Math.log(1 - share + (levelAt(unit) === believed ? share * levels : 0)),
    slope: () => 0,
    draw: (rng) => (rng.uniform() < share ? parameter.cell(believed).centre : rng.uniform()),
  }
}

/** Half the distance from centre − spread to centre + spread on the parameter's own scale. */
function widthOf(parameter: Parameter, centre: number, spread: number): number {
  const unit = (value: number) => parameter.toUnit(parameter.nearest(value) ?? value)
  return (unit(centre + spread) - unit(centre - spread)) / 2
}

function check(space: Space, name: string, { centre, spread, confidence }: Belief): void {
  const path = `beliefs.parameters.${name}`
  const parameter = space.searched.find((one) => one.name === name)
  if (!parameter) {
    throw new OptionsError(
      path,
      `no such parameter is searched; there are ${space.searched.map((p) => p.name).join(', ')}`,
    )
  }
  if (!parameter.accepts(centre)) throw new OptionsError(`${path}.centre`, `expected ${parameter.domain}`)
  if (spread !== undefined && !(typeof spread === 'number' && spread >= 0 && Number.isFinite(spread))) {
    throw new OptionsError(`${path}.spread`, 'expected a number from 0 on, in the units of the parameter')
  }
  if (!(typeof confidence === 'number' && confidence >= 0 && confidence <= 1)) {
    throw new OptionsError(`${path}.confidence`, 'expected a number from 0 to 1')
  }
}

/** Mid-ranks. */
function ranks(values: Float64Array): Float64Array {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!)
  const found = new Float64Array(values.length)
  for (let i = 0; i < order.length; ) {
    let j = i
    while (j + 1 < order.length && values[order[j + 1]!] === values[order[i]!]) j++
    for (let k = i; k <= j; k++) found[order[k]!] = (i + j) / 2
    i = j + 1
  }
  return found
}

function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (a.length - 1) / 2
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    ab += (a[i]! - mean) * (b[i]! - mean)
    aa += (a[i]! - mean) ** 2
    bb += (b[i]! - mean) ** 2
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0
}
