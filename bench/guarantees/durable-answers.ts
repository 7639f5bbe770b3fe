/**
 * What it costs that PGlite syncs its log before it answers. Both ways take turns round by round, so that a busy minute of
 * the machine is not one way's alone.
 */
import { median, quantile } from '../../src/statistics/describe.js'
import { openOurs } from '../service/ours.js'
import type { Pairs } from '../service/system.js'
import type { GuaranteePace } from './pace.js'

export const FSYNC_MODES = ['on', 'off'] as const

export interface DurableAnswers {
  readonly fsync: (typeof FSYNC_MODES)[number]
  readonly workers: number
  /** The median of the rounds, and the slowest and the quickest of them. */
  readonly pairsPerSecond: number
  readonly low: number
  readonly high: number
  /** Milliseconds over all rounds. */
  readonly ask: Quantiles
  readonly tell: Quantiles
}

interface Quantiles {
  readonly p50: number
  readonly p99: number
}

export async function durableAnswers(
  { workers, rounds, seconds }: GuaranteePace,
  onStep: (label: string) => void,
): Promise<DurableAnswers[]> {
  const measured = new Map<string, Pairs[]>()
  for (let round = 0; round < rounds; round++) {
    for (const fsync of FSYNC_MODES) {
      const system = await openOurs(undefined, { CHIRON_FSYNC: fsync })
      try {
        for (const count of workers) {
          const key = `${fsync} ${count}`
          const pairs = await system.load({ workers: count, studies: 1, seconds })
          measured.set(key, [...(measured.get(key) ?? []), pairs])
        }
      } finally {
        await system.stop()
      }
      onStep(`PGlite, CHIRON_FSYNC=${fsync}`)
    }
  }
  return workers.flatMap((count) =>
    FSYNC_MODES.map((fsync) => ({ fsync, workers: count, ...summaryOf(measured.get(`${fsync} ${count}`)!) })),
  )
}

function summaryOf(rounds: readonly Pairs[]) {
  const rates = rounds.map(({ ask, seconds }) => ask.length / seconds)
  return {
    pairsPerSecond: median(rates),
    low: Math.min(...rates),
    high: Math.max(...rates),
    ask: quantiles(rounds.flatMap(({ ask }) => ask)),
    tell: quantiles(rounds.flatMap(({ tell }) => tell)),
  }
}

function quantiles(milliseconds: readonly number[]): Quantiles {
  return { p50: quantile(milliseconds, 0.5), p99: quantile(milliseconds, 0.99) }
}
