/** What tpe knows, for a person: where the good trials are, and which of their parameters are correlated. */
import type { Description } from '../contract.js'
import type { Axis } from './axis.js'
import { densityOf } from './estimate.js'
import type { Parzen } from './parzen.js'
import type { TpeState } from './state.js'
import { weightsByImprovement } from './weights.js'

/** With fewer good trials no correlation is computed. */
const ENOUGH = 8
const WEAKEST = 0.3

export function describe(state: TpeState): Description {
  const { history, split, options } = state
  const weigh = weightsByImprovement(history, split.goodOnes, options)
  const densities = split.parts.map(({ good }) => densityOf(history, good, options, weigh))
  return {
    kind: 'tpe',
    observations: history.count,
    failures: history.count - history.succeeded,
    parameters: Object.fromEntries(
      densities.flatMap((density) =>
        density.axes.map((axis, d) => [axis.parameter.name, marginal(density, axis, d)]),
      ),
    ),
    correlations: densities
      .flatMap(correlations)
      .filter(({ r }) => Math.abs(r) >= WEAKEST)
      .sort((a, b) => Math.abs(b.r) - Math.abs(a.r)),
    notes: notes(state),
  }
}

function notes({ history, options, split: { goodOnes } }: TpeState): string[] {
  const { count, succeeded, values, ranked } = history
  if (succeeded < options.startup) {
    return [`start-up: ${succeeded} of ${options.startup} trials have given a value, points fill the space`]
  }
  const worst = values[ranked[goodOnes - 1]!]!
  const failures = count - succeeded
  return [
    `good: ${goodOnes} of ${succeeded} trials, down to ${worst}`,
    ...(failures > 0 ? [`failed: ${failures} of ${count} trials, kept away from by their own density`] : []),
  ]
}

/** Mean and one standard deviation on either side, in natural units; of a category, the probability of each level. */
function marginal(density: Parzen, axis: Axis, d: number): Description['parameters'][string] {
  const { parameter } = axis
  if (axis.kind === 'categories') return { probabilities: probabilities(density, axis, d) }
  const { mean, sd } = moments(density, d)
  const natural = (unit: number) => parameter.fromUnit(Math.min(1, Math.max(0, unit)))
  return { mean: natural(mean), low: natural(mean - sd), high: natural(mean + sd) }
}

/** On the unit interval; without an observation, those of the uniform. */
function moments({ kernels, size }: Parzen, d: number): { mean: number; sd: number } {
  if (size === 0) return { mean: 0.5, sd: Math.sqrt(1 / 12) }
  const centres = kernels.centres[d]!
  const mean = average(kernels.weights, (k) => centres[k]!, size)
  return { mean, sd: Math.sqrt(average(kernels.weights, (k) => (centres[k]! - mean) ** 2, size)) }
}

function probabilities(
  { kernels, size }: Parzen,
  { parameter, levels }: Axis,
  d: number,
): Record<string, number> {
  const leak = kernels.leaks[d]!
  const prior = kernels.weights[size]!
  const shares = new Array<number>(levels).fill(prior / levels)
  for (let k = 0; k < size; k++) {
    const weight = kernels.weights[k]! / (1 + levels * leak)
    for (let level = 0; level < levels; level++) shares[level]! += weight * leak
    shares[kernels.centres[d]![k]!]! += weight
  }
  const total = shares.reduce((a, b) => a + b, 0)
  return Object.fromEntries(shares.map((share, level) => [String(parameter.level(level)), share / total]))
}

/** Pearson's, on the unit interval, between the ordered parameters of one block. */
function correlations(density: Parzen): { a: string; b: string; r: number }[] {
  const { axes, kernels, size } = density
  if (size < ENOUGH) return []
  const ordered = axes.flatMap((axis, d) => {
    const { mean, sd } = moments(density, d)
    return axis.kind !== 'categories' && sd > 1e-12 ? [{ name: axis.parameter.name, d, mean, sd }] : []
  })
  return ordered.flatMap((a, i) =>
    ordered.slice(i + 1).map((b) => {
      const product = (k: number) =>
        (kernels.centres[a.d]![k]! - a.mean) * (kernels.centres[b.d]![k]! - b.mean)
      const r = average(kernels.weights, product, size) / (a.sd * b.sd)
      return { a: a.name, b: b.name, r: Math.min(1, Math.max(-1, r)) }
    }),
  )
}

function average(weights: Float64Array, of: (k: number) => number, size: number): number {
  let [sum, total] = [0, 0]
  for (let k = 0; k < size; k++) {
    sum += weights[k]! * of(k)
    total += weights[k]!
  }
  return sum / total
}
