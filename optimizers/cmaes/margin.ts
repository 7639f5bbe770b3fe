/**
 * Discrete parameters inside a normal distribution: a chance is kept that the next value on either side is drawn,
 * however small σ becomes.
 *
 * Hamano et al. (2022), CMA-ES with Margin, arXiv:2205.13482; Hamano et al. (2025), CatCMA with Margin,
 * arXiv:2504.07884. The later method adds two things to the earlier one (`stabilised`): selected mutations are moved to
 * the centre of their cell, and a mutation rate may only rise where a mutation was selected.
 */
import { normalCdf, normalQuantile } from '../math/normal.js'
import type { Vector } from './eigen.js'
import type { Distribution } from './update.js'

/** The cells of a discrete coordinate, ascending: centres, and the thresholds between neighbours. */
export interface Cells {
  readonly centres: readonly number[]
  readonly thresholds: readonly number[]
}

export interface MarginRule {
  /** α: the least chance to leave a cell. */
  readonly alpha: number
  readonly stabilised: boolean
}

export interface Margin {
  /** Diagonal of A: coordinates are drawn from N(m, σ²ACA). */
  readonly A: Vector
  /** The mutation rate that each coordinate had last. */
  readonly mutation: Vector
}

const TINY = 1e-8

export function hamano2022(dimensions: number, population: number): MarginRule {
  return { alpha: 1 / (dimensions * population), stabilised: false }
}

export function hamano2025(discrete: number, categorical: number): MarginRule {
  return { alpha: marginOf(discrete, categorical), stabilised: true }
}

/** Small enough that all discrete and categorical parameters stay as they are in 73 % of the draws. */
export function marginOf(discrete: number, categorical: number): number {
  return 1 - 0.73 ** (1 / (discrete + categorical))
}

export function openMargin(dimensions: number): Margin {
  return {
    A: new Array<number>(dimensions).fill(1),
    mutation: new Array<number>(dimensions).fill(0.5 - TINY),
  }
}

/** The cell that contains x; a threshold belongs to the cell below it. */
export function cellOf({ thresholds }: Cells, x: number): number {
  let low = 0
  let high = thresholds.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (thresholds[middle]! < x) low = middle + 1
    else high = middle
  }
  return low
}

export interface Centred {
  readonly points: readonly Vector[]
  /** Per coordinate: did any selected point leave the mean's cell? */
  readonly mutated: readonly boolean[]
}

/**
 * Moves the mutated coordinates of the selected points to their cells' centres, and the others the opposite way as far
 * as that undoes the bias. Points are x of N(m, σ²ACA).
 */
export function centredOnCells(
  points: readonly Vector[],
  mean: Vector,
  cells: readonly (Cells | undefined)[],
): Centred {
  const moved = points.map((x) => [...x])
  const mutated = cells.map((cell, j) => cell !== undefined && centreCoordinate(moved, j, mean[j]!, cell))
  return { points: moved, mutated }
}

function centreCoordinate(points: number[][], j: number, mean: number, cells: Cells): boolean {
  const home = cellOf(cells, mean)
  const stayed: { readonly x: number[]; readonly move: number }[] = []
  let bias = 0
  for (const x of points) {
    const cell = cellOf(cells, x[j]!)
    const move = cells.centres[cell]! - x[j]!
    if (cell === home) stayed.push({ x, move })
    else {
      bias += move
      x[j] = cells.centres[cell]!
    }
  }
  const against = stayed.filter(({ move }) => move * bias < 0)
  const room = against.reduce((sum, { move }) => sum + move, 0)
  if (room !== 0) {
    const part = Math.min(1, -bias / room)
    for (const { x, move } of against) x[j]! += part * move
  }
  return stayed.length < points.length
}

/** m and A moved so that every discrete coordinate keeps the chances that the rule asks for; σ and C stay. */
export function withMarginCorrected(
  d: Distribution,
  margin: Margin,
  rule: MarginRule,
  cells: readonly (Cells | undefined)[],
  mutated: readonly boolean[],
): { readonly mean: Vector; readonly margin: Margin } {
  const n = d.mean.length
  const mean = [...d.mean]
  const A = [...margin.A]
  const mutation = [...margin.mutation]
  for (let j = 0; j < n; j++) {
    const cell = cells[j]
    if (!cell) continue
    const before: Coordinate = {
      mean: mean[j]!,
      A: A[j]!,
      mutation: mutation[j]!,
      deviation: d.sigma * Math.sqrt(d.C[j * n + j]!),
      held: rule.stabilised && !mutated[j],
    }
    const after = correctCoordinate(before, cell, rule)
    mean[j] = after.mean
    A[j] = after.A
    mutation[j] = after.mutation
  }
  return { mean, margin: { A, mutation } }
}

interface Coordinate {
  readonly mean: number
  readonly A: number
  readonly mutation: number
  /** σ √C_jj. */
  readonly deviation: number
  /** No mutation was selected: the rate must not rise. */
  readonly held: boolean
}

type Corrected = Pick<Coordinate, 'mean' | 'A' | 'mutation'>

function correctCoordinate(c: Coordinate, cells: Cells, rule: MarginRule): Corrected {
  const { thresholds } = cells
  const cell = cellOf(cells, c.mean)
  const low = thresholds[Math.max(0, cell - 1)]!
  const high = thresholds[Math.min(cell, thresholds.length - 1)]!
  const scale = c.deviation * c.A
  const below = normalCdf((low - c.mean) / scale)
  const above = normalCdf((c.mean - high) / scale)
  if (Math.max(below, above) > 0.5) {
    const reach = Math.abs(cells.centres[cell]! - high)
    return correctedAtEdge(c, high, Math.min(below, above), reach, rule)
  }
  return correctedInside(c, low, high, below, above, rule)
}

/** The mean lies in the first or the last cell: there is one way out of it. */
function correctedAtEdge(
  c: Coordinate,
  threshold: number,
  chance: number,
  reach: number,
  { alpha, stabilised }: MarginRule,
): Corrected {
  const raised = Math.max(chance, alpha)
  const mutation = clip(c.held ? Math.min(raised, c.mutation) : raised)
  const A = stabilised ? Math.max(c.A, reach / (c.deviation * quantile(alpha))) : c.A
  const distance = c.deviation * A * quantile(mutation)
  return { mean: threshold + Math.sign(c.mean - threshold) * distance, A, mutation }
}

function correctedInside(
  c: Coordinate,
  low: number,
  high: number,
  chanceBelow: number,
  chanceAbove: number,
  { alpha }: MarginRule,
): Corrected {
  const least = alpha / 2
  const below = Math.max(chanceBelow, least)
  const above = Math.max(chanceAbove, least)
  const stay = Math.max(1 - chanceBelow - chanceAbove, c.held ? 1 - c.mutation : 0)
  const excess = below + above + stay - (c.held ? alpha + (1 - c.mutation) : 3 * least)
  const missing = 1 - below - above - stay
  const share = excess > 0 ? missing / excess : 0
  const newBelow = clip(below + share * (below - least))
  const newAbove = clip(above + share * (above - least))
  const [toLow, toHigh] = [quantile(newBelow), quantile(newAbove)]
  return {
    mean: (low * toHigh + high * toLow) / (toLow + toHigh),
    A: (high - low) / ((toLow + toHigh) * c.deviation),
    mutation: newBelow + newAbove,
  }
}

/** Standard deviations beyond which a normal has the mass p on one side: √(χ²₁ quantile of 1 − 2p). */
function quantile(p: number): number {
  return -normalQuantile(p)
}

function clip(p: number): number {
  return Math.min(Math.max(p, TINY), 0.5 - TINY)
}
