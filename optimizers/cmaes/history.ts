/** The values of a run so far, as far back as the stopping criteria need them. */
import type { Constants } from './constants.js'

/** Of feasible points only. */
export interface History {
  readonly generations: number
  /** Best values of the last generations, latest first. */
  readonly recent: readonly number[]
  /** Best and median values of every fifth generation, latest first. */
  readonly best: readonly number[]
  readonly median: readonly number[]
  /** The generation that found the best value of the run, and the value. */
  readonly record: { readonly generation: number; readonly value: number | null }
  /** Max − min of the latest generation. */
  readonly range: number
  /** For how many generations in a row three quarters of the values were the same. */
  readonly flat: number
  /** The latest generation had no feasible point. */
  readonly barren: boolean
}

export const noHistory: History = {
  generations: 0,
  recent: [],
  best: [],
  median: [],
  record: { generation: 0, value: null },
  range: Number.MAX_VALUE,
  flat: 0,
  barren: false,
}

const LONGEST = 4000
/** Generations to one that `best` and `median` keep. */
export const THINNING = 5

/** `values` ascend; `parents` had a positive weight, pruned points among them. */
export function withGeneration(
  h: History,
  values: readonly number[],
  parents: number,
  k: Constants,
): History {
  const generations = h.generations + 1
  const barren = parents === 0
  if (values.length === 0) return { ...h, generations, barren, flat: 0 }
  const best = values[0]!
  const kept = generations % THINNING === 0
  const isRecord = h.record.value === null || best < h.record.value
  const isFlat = values.length >= k.mu && best === values[Math.floor(0.75 * values.length)]
  return {
    generations,
    recent: [best, ...h.recent].slice(0, 10 + Math.ceil((30 * k.n) / k.lambda)),
    best: kept ? [best, ...h.best].slice(0, LONGEST) : h.best,
    median: kept ? [medianOf(values), ...h.median].slice(0, LONGEST) : h.median,
    record: isRecord ? { generation: generations, value: best } : h.record,
    range: Math.min(values[values.length - 1]! - best, Number.MAX_VALUE),
    flat: isFlat ? h.flat + 1 : 0,
    barren,
  }
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
