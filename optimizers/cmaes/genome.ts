/**
 * Between the parameters of a block and the domain of CMA-ES: an axis for each ordered parameter, a choice for each
 * unordered one.
 */
import { encode, type Parameter, type Params, type Space } from '../../search-spaces/index.js'
import { stream } from '../rng.js'
import { toGene, toUnit } from './bounds.js'
import type { Axis, Domain, ForeignGenotype, Genotype, Start } from './domain.js'
import { type Cells, cellOf } from './margin.js'
import type { CmaesOptions } from './options.js'

export interface Genome {
  readonly space: Space
  readonly smooth: boolean
  /** The parameter of every axis, and of every choice. */
  readonly ordered: readonly Parameter[]
  readonly unordered: readonly Parameter[]
  readonly domain: Domain
}

/** Parameters with more levels are searched as if they were continuous: σ does not get below their cells. */
const MOST_CELLS = 1000

/** Names that are a smaller share of a block's parameters are learned as in CatCMA: the numbers decide there. */
const MANY_NAMES = 0.25

const STARTS = 0x57a27

export function genomeOf(
  space: Space,
  parameters: readonly Parameter[],
  { bounds }: Pick<CmaesOptions, 'bounds'>,
): Genome {
  const smooth = bounds === 'smooth'
  // An order of two values carries no information, and both would need a margin: as in Hamano et al. (2025) they
  // are a choice.
  const ordered = parameters.filter(({ numeric, levels }) => numeric && levels > 2)
  const unordered = parameters.filter((parameter) => !ordered.includes(parameter))
  const axes = ordered.map((parameter) => axisOf(parameter, smooth))
  const names = parameters.filter(({ numeric }) => !numeric)
  const named = names.length > 0 && names.length >= MANY_NAMES * parameters.length
  const domain = { axes, categories: unordered.map(({ levels }) => levels), named }
  return { space, smooth, ordered, unordered, domain }
}

/** Puts the genotype's parameters into a point of the unit cube of the whole space. */
export function putUnits(genome: Genome, { x, c }: Genotype, unit: number[]): void {
  const { ordered, unordered } = genome
  for (let i = 0; i < x.length; i++) unit[ordered[i]!.coordinate] = unitOf(genome, i, x[i]!)
  for (let i = 0; i < c.length; i++) unit[unordered[i]!.coordinate] = unordered[i]!.cell(c[i]!).centre
}

/** On the unit interval, of axis i. */
export function unitOf({ domain, smooth }: Genome, i: number, x: number): number {
  const { cells } = domain.axes[i]!
  if (cells) return cells.centres[cellOf(cells, x)]!
  return smooth ? toUnit(x) : Math.min(1, Math.max(0, x))
}

export function genotypeOf(genome: Genome, params: Params): ForeignGenotype {
  const unit = encode(genome.space, params)
  return {
    x: genome.ordered.map(({ coordinate }, i) => geneOf(genome, i, unit[coordinate]!)),
    c: genome.unordered.map((parameter) => {
      const value = params[parameter.name]
      return value === undefined ? null : parameter.indexOf(value)
    }),
  }
}

/** The first run begins at the defaults, or in the middle; every later one anywhere. */
export function startOf(genome: Genome, mean: CmaesOptions['mean'], seed: number, run: number): Start {
  if (run > 0) return anywhere(genome, stream(seed, run, STARTS).uniform)
  if (mean === 'centre') return anywhere(genome, () => 0.5)
  const { x, c } = genotypeOf(genome, genome.space.defaults)
  return {
    mean: x.map((gene, i) => (Number.isNaN(gene) ? defaultGene(genome, i) : gene)),
    q: genome.unordered.map(({ levels }, i) => favouring(levels, c[i] ?? null)),
  }
}

function anywhere(genome: Genome, uniform: () => number): Start {
  return {
    mean: genome.domain.axes.map(({ cells }, i) => {
      const unit = uniform()
      return cells ? cells.centres[cellOf(cells, unit)]! : geneOf(genome, i, unit)
    }),
    q: genome.unordered.map(({ levels }) => favouring(levels, null)),
  }
}

/** The default has half of the probability, the others share the rest. */
function favouring(levels: number, choice: number | null): number[] {
  const even = new Array<number>(levels).fill(1 / levels)
  return choice === null ? even : even.map((_, k) => (k === choice ? 0.5 : 0.5 / (levels - 1)))
}

function defaultGene(genome: Genome, i: number): number {
  const parameter = genome.ordered[i]!
  return geneOf(genome, i, parameter.toUnit(parameter.default))
}

function geneOf({ domain, smooth }: Genome, i: number, unit: number): number {
  return smooth && !domain.axes[i]!.cells ? toGene(unit) : unit
}

function axisOf(parameter: Parameter, smooth: boolean): Axis {
  const discrete = parameter.levels <= MOST_CELLS
  if (!discrete && !smooth) return { low: 0, high: 1 }
  return { low: -Infinity, high: Infinity, ...(discrete && { cells: cellsOf(parameter) }) }
}

function cellsOf({ levels, cell }: Parameter): Cells {
  const all = Array.from({ length: levels }, (_, i) => cell(i))
  return { centres: all.map(({ centre }) => centre), thresholds: all.slice(0, -1).map(({ high }) => high) }
}
