/** Which trials are good, which are the others and which failed, kept as they are told: a sample of each for every block. */
import type { Block } from './block.js'
import type { History } from './history.js'
import type { TpeOptions } from './options.js'
import { add, drop, emptySample, type Sample } from './sample.js'

export interface Split {
  readonly gamma: TpeOptions['gamma']
  /** How many are good: the first of the history's ranked rows. */
  goodOnes: number
  readonly parts: readonly Parts[]
}

export interface Parts {
  readonly block: Block
  readonly good: Sample
  readonly bad: Sample
  readonly failed: Sample
}

export function splitOf(history: History, blocks: readonly Block[], { gamma }: TpeOptions): Split {
  const { count, succeeded, ranked, steps } = history
  const goodOnes = howMany(succeeded, gamma)
  const isGood = new Uint8Array(count)
  for (let i = 0; i < goodOnes; i++) isGood[ranked[i]!] = 1
  const parts = blocks.map((block) => ({
    block,
    good: emptySample(block),
    bad: emptySample(block),
    failed: emptySample(block),
  }))
  for (let row = 0; row < count; row++) {
    const name = isGood[row] ? 'good' : Number.isNaN(steps[row]!) ? 'failed' : 'bad'
    for (const part of parts) add(part[name], history, row)
  }
  return { gamma, goodOnes, parts }
}

/** The history's latest row joins the side on which it fell, by its rank; then the line moves, where it does. */
export function settle(split: Split, history: History, rank: number | null): void {
  const row = history.count - 1
  if (rank === null) {
    for (const { failed } of split.parts) add(failed, history, row)
    return
  }
  const isGood = rank < split.goodOnes
  for (const { good, bad } of split.parts) add(isGood ? good : bad, history, row)
  const line = split.goodOnes + Number(isGood)
  split.goodOnes = howMany(history.succeeded, split.gamma)
  moveLine(split, history, line)
  if (rank > split.goodOnes && line === split.goodOnes) return
  // What good trials weigh depends on the first that is not good.
  for (const { good } of split.parts) good.density = null
}

function moveLine({ goodOnes, parts }: Split, history: History, from: number): void {
  for (let i = goodOnes; i < from; i++) {
    for (const { good, bad } of parts) move(good, bad, history, history.ranked[i]!)
  }
  for (let i = from; i < goodOnes; i++) {
    for (const { good, bad } of parts) move(bad, good, history, history.ranked[i]!)
  }
}

function move(from: Sample, to: Sample, history: History, row: number): void {
  drop(from, row)
  add(to, history, row)
}

function howMany(succeeded: number, { rule, share, most }: TpeOptions['gamma']): number {
  const size = rule === 'linear' ? succeeded : Math.sqrt(succeeded)
  return Math.min(most, Math.ceil(share * size), succeeded)
}
