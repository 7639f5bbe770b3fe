/** The search distribution for a person, in natural units. */
import type { Parameter } from '../../search-spaces/index.js'
import type { Description } from '../contract.js'
import { folded, withinFold } from './bounds.js'
import { norm } from './eigen.js'
import { type Genome, unitOf } from './genome.js'
import type { Strategy } from './strategy.js'
import type { Distribution } from './update.js'

export function describeStrategy(
  genome: Genome,
  strategy: Strategy,
): Omit<Description, 'kind' | 'observations' | 'failures'> {
  const { distribution, choices, constants } = strategy.run
  return {
    parameters: {
      ...(distribution &&
        Object.fromEntries(genome.ordered.map((p, i) => [p.name, spread(genome, strategy, p, i)]))),
      ...Object.fromEntries(
        genome.unordered.map((p, i) => [p.name, { probabilities: named(p, choices.q[i]!) }]),
      ),
    },
    ...(distribution && {
      correlations: correlations(genome, distribution),
      covariance: covariance(genome, distribution),
      sigma: { value: distribution.sigma, trend: trend(norm(distribution.pSigma) / constants.chiN) },
    }),
    notes: notes(strategy),
  }
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

function correlations({ ordered }: Genome, { C, mean }: Distribution) {
  const n = mean.length
  const all = ordered.flatMap(({ name }, i) =>
    ordered.slice(0, i).map((other, j) => ({
      a: other.name,
      b: name,
      r: Math.max(-1, Math.min(1, C[i * n + j]! / Math.sqrt(C[i * n + i]! * C[j * n + j]!))) + 0,
    })),
  )
  return all.sort((one, two) => Math.abs(two.r) - Math.abs(one.r)).slice(0, STRONGEST)
}

function covariance({ ordered }: Genome, { C, mean }: Distribution) {
  const n = mean.length
  const rows = ordered.map((_, i) => Array.from(C.slice(i * n, (i + 1) * n)))
  return { parameters: ordered.map(({ name }) => name), rows }
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
