/**
 * A space as blocks of parameters that are active together, each with a search distribution of its own. A block learns
 * from the trials in which it was active, and from no others: its generations are made of them alone. A space without
 * conditions is one block.
 */
import { decode, type Params, type Space } from '../../search-spaces/index.js'
import { groupedByCondition } from '../condition.js'
import type { Json } from '../contract.js'
import { stream } from '../rng.js'
import type { Genotype } from './domain.js'
import type { Verdict } from './generation.js'
import { type Genome, genomeOf, genotypeOf, putUnits, startOf } from './genome.js'
import type { CmaesOptions } from './options.js'
import {
  beginStrategy,
  drawsFor,
  type Origin,
  observePoint,
  originOf,
  type Settings,
  type Strategy,
} from './strategy.js'

export interface Block {
  readonly genome: Genome
  readonly strategy: Strategy
}

/** What a proposal carries of a block: the distribution it was drawn from, and its genotype. */
type Drawn = Origin & Genotype

const BLOCKS = 0xb10c

export function openBlocks(space: Space, options: CmaesOptions, seed: number): Block[] {
  return groupedByCondition(space.searched, (parameter) => parameter).map((parameters, place) => {
    const genome = genomeOf(space, parameters, options)
    const own = place === 0 ? seed : stream(seed, place, BLOCKS).below(2 ** 32)
    return { genome, strategy: beginStrategy(settingsOf(genome, options, own)) }
  })
}

function settingsOf(genome: Genome, { mean, bounds: _, ...options }: CmaesOptions, seed: number): Settings {
  const start = (run: number) => startOf(genome, mean, seed, run)
  return { ...options, domain: genome.domain, seed, start }
}

/** The draws for one trial, one after the other: a genotype of every block. */
export function drawsOfBlocks(blocks: readonly Block[], number: number): () => Genotype[] {
  const draws = blocks.map(({ strategy }) => drawsFor(strategy, number))
  return () => draws.map((draw) => draw())
}

export function paramsOf(space: Space, blocks: readonly Block[], drawn: readonly Genotype[]): Params {
  const unit = new Array<number>(space.searched.length).fill(0)
  for (const [b, { genome }] of blocks.entries()) putUnits(genome, drawn[b]!, unit)
  return decode(space, unit)
}

/** Of the only block, or of every block, null where it is not active. */
export function memoOf(blocks: readonly Block[], drawn: readonly Genotype[], params: Params): Json {
  const parts = blocks.map(({ genome, strategy }, b) => {
    const { x, c } = drawn[b]!
    return isActive(genome, params) ? { ...originOf(strategy), x: [...x], c: [...c] } : null
  })
  return parts.length === 1 ? parts[0]! : parts
}

/** A trial without a memo is a point from elsewhere, and so is one whose memo does not fit, of an older version. */
export function observeTrial(
  blocks: readonly Block[],
  params: Params,
  memo: Json | undefined,
  verdict: Verdict,
): Block[] {
  const parts = (Array.isArray(memo) ? memo : [memo ?? null]) as (Drawn | null)[]
  const fits = parts.length === blocks.length
  return blocks.map((block, b) => {
    if (!isActive(block.genome, params)) return block
    return { ...block, strategy: observed(block, params, fits ? parts[b]! : null, verdict) }
  })
}

function observed(
  { genome, strategy }: Block,
  params: Params,
  drawn: Drawn | null,
  verdict: Verdict,
): Strategy {
  if (drawn === null)
    return observePoint(strategy, { origin: null, genotype: genotypeOf(genome, params), verdict })
  const { run, epoch, x, c } = drawn
  return observePoint(strategy, { origin: { run, epoch }, genotype: { x, c }, verdict })
}

/** The parameters of a block are active together. */
function isActive({ ordered, unordered }: Genome, params: Params): boolean {
  const [first] = ordered.length > 0 ? ordered : unordered
  return params[first!.name] !== undefined
}
