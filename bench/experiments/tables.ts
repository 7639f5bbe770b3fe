/** What the tables of `experiments` have in common. */

import type { Analysis } from '../../src/statistics/analysis.js'
import { mean } from '../../src/statistics/describe.js'
import type { Table } from '../subject.js'
import type { Cell, Ended } from './run-experiment.js'

/** The mean over the cells that have the value; undefined where none has. */
export function meanOf(cells: readonly Cell[], what: (cell: Cell) => number | undefined): number | undefined {
  const values = cells.flatMap((cell) => what(cell) ?? [])
  return values.length === 0 ? undefined : mean(values)
}

export function plusMinus(centre: number | null | undefined, sd: number | null): string {
  if (centre == null) return '–'
  return sd === null || Number.isNaN(sd) ? centre.toFixed(4) : `${centre.toFixed(4)} ± ${sd.toFixed(4)}`
}

export function interval(low: number | null, high: number | null): string {
  return low === null || high === null ? '–' : `${low.toFixed(4)}–${high.toFixed(4)}`
}

export function percent(share: number | undefined): string {
  return share === undefined ? '–' : `${(100 * share).toFixed(1)} %`
}

/** An arm against its baseline: the difference with p, and the verdict. */
export function verdictText({ contrasts }: Analysis, arm: string): [difference: string, verdict: string] {
  const own = contrasts.find((contrast) => contrast.arm === arm)
  if (own === undefined || own.difference === null) return ['–', '–']
  const { difference, adjusted, verdict } = own
  return [`${thousandths(difference)} (${probability(adjusted)})`, verdict]
}

export function thousandths(difference: number): string {
  const text = (1000 * difference).toFixed(2)
  return difference < 0 ? text.replace('-', '−') : `+${text}`
}

export function probability(p: number | null): string {
  if (p === null) return '–'
  return p > 0.9999 ? '1' : p.toFixed(3).replace(/^0/, '')
}

/** What running it took. */
export function runningTable(what: string, { cells, wallSeconds, processorSeconds }: Ended): Table {
  const trials = cells.reduce((sum, cell) => sum + cell.trials, 0)
  return {
    title: `experiments: what the ${what} took`,
    columns: ['cells', 'trials', 'minutes', 'processor seconds of the server', 'milliseconds a trial'],
    rows: [
      [
        String(cells.length),
        String(trials),
        (wallSeconds / 60).toFixed(1),
        processorSeconds.toFixed(0),
        ((1000 * processorSeconds) / trials).toFixed(1),
      ],
    ],
    notes: [
      'The trials of endpoints are not counted among the trials. Asked: below 10 minutes on two cores.',
    ],
  }
}
