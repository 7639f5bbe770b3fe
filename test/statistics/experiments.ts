/** Experiments whose truth is known, for the tests of the analysis. */
import { stream } from '../../optimizers/rng.js'
import type { AnalysisPlan, CellResult } from '../../src/statistics/analysis.js'

export function planOf(
  arms: readonly string[],
  seeds: number,
  changes: Partial<AnalysisPlan> = {},
): AnalysisPlan {
  const [baseline, ...others] = arms
  return {
    arms,
    baseline: baseline!,
    contrasts: others.map((arm) => ({ arm, baseline: baseline! })),
    seeds: Array.from({ length: seeds }, (_, seed) => seed),
    looks: [seeds],
    alpha: 0.05,
    test: 'signed-rank',
    alternative: 'better',
    direction: 'minimize',
    ...changes,
  }
}

/** One row of endpoints an arm: a number, `failed`, or null where the run has not ended. */
export type Rows = Readonly<Record<string, readonly (number | 'failed' | null)[]>>

export function cellsOf({ seeds }: AnalysisPlan, rows: Rows): CellResult[] {
  return Object.entries(rows).flatMap(([arm, row]) =>
    row.map((value, i): CellResult => {
      const finished = typeof value === 'number'
      const state = finished ? 'finished' : value === 'failed' ? 'failed' : 'missing'
      const steps = finished
        ? ([
            [1, value + 1],
            [4 + i, value],
          ] as const)
        : []
      return { arm, seed: seeds[i]!, state, endpoint: finished ? value : null, steps }
    }),
  )
}

/** Normal endpoints with the standard deviation 1; an arm is as much better as its effect says. */
export function drawRows(
  key: readonly number[],
  seeds: number,
  effects: Readonly<Record<string, number>>,
): Readonly<Record<string, readonly number[]>> {
  const rng = stream(...key)
  const row = (effect: number) => Array.from({ length: seeds }, () => rng.normal() - effect)
  return Object.fromEntries(Object.entries(effects).map(([arm, effect]) => [arm, row(effect)]))
}
