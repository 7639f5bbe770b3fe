/**
 * What somebody believes of where the optimum lies, as a prior density π over the space, and its weight.
 *
 * Hvarfner et al. (2022), πBO: Augmenting Acquisition Functions with User Beliefs, eq. 6: the acquisition times
 * π(x)^(β/n), which fades as observations come. Beyond the paper, a prior that the observations contradict is dropped.
 */
import type { Parameter, Space } from '../../search-spaces/types.js'
import { type Belief, type Beliefs, OptionsError } from '../contract.js'
import { truncatedNormalLogPdf, truncatedNormalQuantile } from '../math/normal.js'
import { rankCorrelation } from '../math/rank-correlation.js'
import type { Rng } from '../rng.js'
import type { History } from './history.js'
import { checkRelation, type RelationDensity, relationDensity } from './relations.js'

export interface Prior {
  readonly beliefs: Beliefs
  /** How many trials had been observed when it was given. */
  readonly since: number
  /** One for each coordinate of the unit cube; undefined where there is no belief. */
  readonly factors: readonly (Factor | undefined)[]
  readonly relations: readonly RelationDensity[]
}

/** The density of one coordinate, relative to the uniform one. */
interface Factor {
  readonly logDensity: (unit: number) => number
  /** The derivative of `logDensity`. */
  readonly slope: (unit: number) => number
  readonly draw: (rng: Rng) => number
}

/** β: the weight at first, in observations. */
const BETA = 10
/** No belief is narrower than this share of the range, nor more confident. */
const NARROWEST = 0.02
const MOST_CONFIDENT = 0.95
/** The fewest observations that can contradict a prior, and by how many standard deviations. */
const FEWEST_TO_CONTRADICT = 8
const CONTRADICTION_SDS = 2

/** Throws OptionsError that names the place. */
export function priorOf(space: Space, beliefs: Beliefs, since: number): Prior {
  for (const [name, belief] of Object.entries(beliefs.parameters)) checkBelief(space, name, belief)
  const given = beliefs.relations ?? []
  for (const [i, relation] of given.entries()) checkRelation(space, `beliefs.relations.${i}`, relation)
  const factors = space.searched.map((parameter) => {
    const belief = beliefs.parameters[parameter.name]
    return belief && factorOf(parameter, belief)
  })
  return { beliefs, since, factors, relations: given.map((relation) => relationDensity(space, relation)) }
}

/** log π, relative to the uniform density; a parameter that is not active adds nothing. */
export function logPriorAt({ factors, relations }: Prior, unit: Float64Array): number {
  let sum = relations.reduce((all, relation) => all + relation.logDensityAt(unit), 0)
  for (const [d, factor] of factors.entries()) {
    if (factor && !Number.isNaN(unit[d]!)) sum += factor.logDensity(unit[d]!)
  }
  return sum
}

export function drawFromPrior(prior: Prior, rng: Rng): Float64Array {
  return Float64Array.from(prior.factors, (factor) => factor?.draw(rng) ?? rng.uniform())
}

/** β/n. */
export function priorWeight({ since }: Prior, observed: number): number {
  return BETA / Math.max(1, observed - since + 1)
}

/** Do trials get worse where the prior is higher? By Spearman's rank correlation, against the hypothesis of none. */
export function isContradicted(prior: Prior, units: readonly Float64Array[], values: Float64Array): boolean {
  const n = units.length
  if (n < FEWEST_TO_CONTRADICT) return false
  const believed = Float64Array.from(units, (unit) => logPriorAt(prior, unit))
  return rankCorrelation(believed, values) * Math.sqrt(n - 1) > CONTRADICTION_SDS
}

/** What the prior adds to the logarithm of an acquisition; undefined where the observations contradict it. */
export function priorTerm(
  prior: Prior,
  { encoding, points, succeeded, results }: History,
  values: Float64Array,
): PriorTerm | undefined {
  const units = succeeded.map((index) => points[index]!.unit)
  if (isContradicted(prior, units, values)) return undefined
  const weight = priorWeight(prior, results.length)
  return {
    at: (unit) => weight * logPriorAt(prior, unit),
    addGradient(columns, gradient) {
      let sum = 0
      for (const [d, factor] of prior.factors.entries()) {
        const column = encoding.columnOf[d]!
        if (!factor || column < 0) continue
        sum += weight * factor.logDensity(columns[column]!)
        gradient[column]! += weight * factor.slope(columns[column]!)
      }
      for (const relation of prior.relations) sum += relation.addGradient(encoding, columns, gradient, weight)
      return sum
    },
  }
}

export interface PriorTerm {
  at(unit: Float64Array): number
  /** Adds its derivatives to `gradient`; gives its value, up to what does not depend on continuous parameters. */
  addGradient(columns: Float64Array, gradient: Float64Array): number
}

function factorOf(parameter: Parameter, { centre, spread, confidence }: Belief): Factor {
  const share = Math.min(MOST_CONFIDENT, confidence)
  const at = parameter.toUnit(centre)
  if (!parameter.numeric) return categoricalFactor(parameter, parameter.indexOf(centre), share)
  const sd = Math.max(NARROWEST, widthOf(parameter, centre as number, spread ?? 0))
  const [low, high] = [-at / sd, (1 - at) / sd]
  const logNormal = (unit: number) => truncatedNormalLogPdf((unit - at) / sd, low, high) - Math.log(sd)
  const logDensity = (unit: number) => Math.log(1 - share + share * Math.exp(logNormal(unit)))
  return {
    logDensity,
    slope: (unit) => (share * Math.exp(logNormal(unit) - logDensity(unit)) * (at - unit)) / (sd * sd),
    draw: (rng) =>
      rng.uniform() < share ? at + sd * truncatedNormalQuantile(rng.uniform(), low, high) : rng.uniform(),
  }
}

function categoricalFactor(parameter: Parameter, believed: number, share: number): Factor {
  const { levels } = parameter
  const levelAt = (unit: number) => parameter.indexOf(parameter.fromUnit(unit))
  return {
    logDensity: (unit) => Math.log(1 - share + (levelAt(unit) === believed ? share * levels : 0)),
    slope: () => 0,
    draw: (rng) => (rng.uniform() < share ? parameter.cell(believed).centre : rng.uniform()),
  }
}

/** Half the distance from centre − spread to centre + spread, on the parameter's own scale. */
function widthOf(parameter: Parameter, centre: number, spread: number): number {
  const unit = (value: number) => parameter.toUnit(parameter.nearest(value) ?? value)
  return (unit(centre + spread) - unit(centre - spread)) / 2
}

function checkBelief(space: Space, name: string, { centre, spread, confidence }: Belief): void {
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
