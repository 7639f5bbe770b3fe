/** From rounds of calls to rows. */
import { median, quantile } from '../../src/statistics/describe.js'
import type { Row } from './rows.js'
import type { Behind, Calls, Load, Pairs } from './system.js'

export interface Measured {
  readonly row: Row
  readonly loads: readonly { readonly load: Load; readonly rounds: readonly Pairs[] }[]
  readonly histories: readonly { readonly trials: number; readonly behind: Behind }[]
}

export interface Summary {
  readonly id: string
  readonly label: string
  readonly ours: boolean
  readonly loads: readonly Loaded[]
  readonly histories: readonly History[]
}

export interface Loaded extends Latency {
  readonly workers: number
  readonly studies: number
  /** The median of the rounds, and the slowest and the quickest of them. */
  readonly pairsPerSecond: number
  readonly low: number
  readonly high: number
}

export interface History extends Latency {
  readonly trials: number
  readonly firstMs: number
  readonly memoryMb: number
  readonly readsMs?: { readonly page: Quantiles; readonly summary: Quantiles }
}

interface Latency {
  readonly askMs: Quantiles
  readonly tellMs: Quantiles
}

export interface Quantiles {
  readonly p50: number
  readonly p99: number
}

export function summarise({ row: { id, label, ours }, loads, histories }: Measured): Summary {
  return {
    id,
    label,
    ours,
    loads: loads.map(({ load, rounds }) => loaded(load, rounds)),
    histories: histories.map(({ trials, behind }) => ({
      trials,
      ...latency([behind]),
      firstMs: behind.first,
      memoryMb: behind.memoryMb,
      ...(behind.reads && {
        readsMs: { page: quantiles(behind.reads.page), summary: quantiles(behind.reads.summary) },
      }),
    })),
  }
}

function loaded({ workers, studies }: Load, rounds: readonly Pairs[]): Loaded {
  const rates = rounds.map(rateOf)
  const [low, high] = [Math.min(...rates), Math.max(...rates)]
  return { workers, studies, pairsPerSecond: median(rates), low, high, ...latency(rounds) }
}

export function rateOf({ ask, seconds }: Pairs): number {
  return ask.length / seconds
}

function latency(calls: readonly Calls[]): Latency {
  return {
    askMs: quantiles(calls.flatMap(({ ask }) => ask)),
    tellMs: quantiles(calls.flatMap(({ tell }) => tell)),
  }
}

export function quantiles(milliseconds: readonly number[]): Quantiles {
  return { p50: quantile(milliseconds, 0.5), p99: quantile(milliseconds, 0.99) }
}
