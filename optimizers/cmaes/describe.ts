/** The search distribution for a person, in natural units. */
import type { Parameter } from '../../search-spaces/index.js'
import type { Description } from '../contract.js'
import type { Block } from './blocks.js'
import { folded, withinFold } from './bounds.js'
import { norm } from './eigen.js'
import { type Genome, unitOf } from './genome.js'
import type { Strategy } from './strategy.js'

type Told = Omit<Description, 'kind' | 'observations' | 'failures'>

/** The step size is that of the first block that has one, which is as a rule the parameters that are always active. */
export function describeBlocks(blocks: readonly Block[]): Told {
  const normal = blocks.filter(({ strategy }) => strategy.run.distribution)
  return {
    parameters: Object.assign({}, ...blocks.map(parametersOf)),
    ...(normal.length > 0 && {
      correlations: normal.flatMap(correlations).sort(strongestFirst).slice(0, STRONGEST),
      covariance: covariance(normal),
      sigma: stepSize(normal[0]!.strategy),
    }),
    notes: blocks.flatMap(({ genome, strategy }) =>
      notes(strategy).map((note) => `${whereOf(genome)}${note}`),
    ),
  }
}

function parametersOf({ genome, strategy }: Block): Told['parameters'] {
  const { distribution, choices } = strategy.run
  return {
    ...(distribution &&
      Object.fromEntries(genome.ordered.map((p, i) => [p.name, spread(genome, strategy, p, i)]))),
    ...Object.fromEntries(
      genome.unordered.map((p, i) => [p.name, { probabilities: named(p, choices.q[i]!) }]),
    ),
  }
}

function stepSize({ run: { distribution, constants } }: Strategy): Told['sigma'] {
  const { sigma, pSigma } = distribution!
  return { value: sigma, trend: trend(norm(pSigma) / constants.chiN) }
}

/** The conditions of a block: "where BOOSTER is dart or tree: ". */
function whereOf({ ordered, unordered }: Genome): string {
  const [first] = ordered.length > 0 ? ordered : unordered
  const conditions = first?.when.map(({ parent, values }) => `${parent} is ${values.join(' or ')}`) ?? []
  return conditions.length === 0 ? '' : `where ${conditions.join(' and ')}: `
}

/** The mean, and one standard deviation to either side. */
function spread(genome: Genome, { run }: Strategy, parameter: Parameter, i: number) {
  const { mean, sigma, C } = run.distribution!
  const deviation = sigma * run.margin.A[i]! * Math.sqrt(C[i * mean.length + i]!)
  const smooth = genome.smooth && !genome.domain.axes[i]!.cells
  const centre = smooth ? folded(mean[i]!) : mean[i]!
  const inside = smooth ? withinFold : (x: number) => Math.min(1, Math.max(0, x))
  const at = (x: number) => parameter.fromUnit(unitOf(genome, i, inside(x)))
  return {
    mean: parameter.fromUnit(unitOf(genome, i, centre)),
    low: at(centre - deviation),
    high: at(centre + deviation),
  }
}

function named(parameter: Parameter, q: readonly number[]): Record<string, number> {
  return Object.fromEntries(q.map((p, k) => [String(parameter.level(k)), p]))
}

const STRONGEST = 30

type Correlation = NonNullable<Told['correlations']>[number]

function correlations({ genome: { ordered }, strategy }: Block): Correlation[] {
  const { C, mean } = strategy.run.distribution!
  const n = mean.length
  return ordered.flatMap(({ name }, i) =>
    ordered.slice(0, i).map((other, j) => ({
      a: other.name,
      b: name,
      r: Math.max(-1, Math.min(1, C[i * n + j]! / Math.sqrt(C[i * n + i]! * C[j * n + j]!))) + 0,
    })),
  )
}

function strongestFirst(one: Correlation, two: Correlation): number {
  return Math.abs(two.r) - Math.abs(one.r)
}

/** Of the blocks side by side: parameters of two blocks are drawn independently. */
function covariance(blocks: readonly Block[]): Told['covariance'] {
  const places = blocks.flatMap(({ genome, strategy }) =>
    genome.ordered.map(({ name }, i) => ({ name, i, distribution: strategy.run.distribution! })),
  )
  const rows = places.map((one) =>
    places.map((two) =>
      one.distribution === two.distribution
        ? one.distribution.C[one.i * one.distribution.mean.length + two.i]!
        : 0,
    ),
  )
  return { parameters: places.map(({ name }) => name), rows }
}

/** From the length of p_σ relative to that of a random walk: what the next update does to σ. */
function trend(length: number): 'growing' | 'steady' | 'shrinking' {
  return length > 1.1 ? 'growing' : length < 0.9 ? 'shrinking' : 'steady'
}

function notes({ ended, run, points, stopped, prior }: Strategy): string[] {
  const { lambda } = run.constants
  const generation = `generation ${run.history.generations}, ${points.length} of ${lambda} points told`
  return [
    ...ended.map(
      ({ kind, reason, evaluations, best }, i) =>
        `run ${i + 1} (${kind}) stopped after ${evaluations} trials: ${reason}${best === null ? '' : `, best ${best}`}`,
    ),
    `run ${ended.length + 1} (${run.regime.kind}): ${generation}`,
    ...(prior && prior.count > 0 ? [`begins from ${prior.count} trials of others`] : []),
    ...(stopped ? [`stopped: ${stopped}`] : []),
  ]
}
