/** The split of the trials into good, bad and failed ones, kept up to date: three samples for every block. */
import type { Block } from './block.js'
import type { History } from './history.js'
import type { TpeOptions } from './options.js'
import { addRow, dropRow, emptySample, type Sample } from './sample.js'

export interface Split {
  readonly gamma: TpeOptions['gamma']
  /** How many trials are good: the first of the history's ranked rows. */
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
  const goodOnes = goodCount(succeeded, gamma)
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
    for (const part of parts) addRow(part[name], history, row)
  }
  return { gamma, goodOnes, parts }
}

/**
 * Adds the history's latest row to the side that its rank belongs to, then moves the boundary where that has changed.
 */
export function addLatestToSplit(split: Split, history: History, rank: number | null): void {
  const row = history.count - 1
  if (rank === null) {
    for (const { failed } of split.parts) addRow(failed, history, row)
    return
  }
  const isGood = rank < split.goodOnes
  for (const { good, bad } of split.parts) addRow(isGood ? good : bad, history, row)
  const line = split.goodOnes + Number(isGood)
  split.goodOnes = goodCount(history.succeeded, split.gamma)
  moveBoundary(split, history, line)
  if (rank > split.goodOnes && line === split.goodOnes) return
  // The weights of good trials depend on the first trial that is not good.
  for (const { good } of split.parts) good.density = null
}

function moveBoundary({ goodOnes, parts }: Split, history: History, from: number): void {
  for (let i = goodOnes; i < from; i++) {
    for (const { good, bad } of parts) moveRow(good, bad, history, history.ranked[i]!)
  }
  for (let i = from; i < goodOnes; i++) {
    for (const { good, bad } of parts) moveRow(bad, good, history, history.ranked[i]!)
  }
}

function moveRow(from: Sample, to: Sample, history: History, row: number): void {
  dropRow(from, row)
  addRow(to, history, row)
}

function goodCount(succeeded: number, { rule, share, most }: TpeOptions['gamma']): number {
  const size = rule === 'linear' ? succeeded : Math.sqrt(succeeded)
  return Math.min(most, Math.ceil(share * size), succeeded)
}
