/** The analysis of an experiment as tables for a terminal. */
import pc from 'picocolors'
import { printable } from '../terminal-text.js'
import { type ViewedExperiment, valueText } from './experiment-view.js'

export interface ViewedAnalysis {
  readonly metric: string
  readonly direction: 'minimize' | 'maximize'
  readonly endpoint: { readonly of: string; readonly repetitions?: number }
  readonly arms: readonly {
    readonly name: string
    readonly n: number
    readonly mean: number | null
    readonly low: number | null
    readonly high: number | null
  }[]
  readonly contrasts: readonly {
    readonly arm: string
    readonly baseline: string
    readonly n: number
    readonly difference: number | null
    readonly low: number | null
    readonly high: number | null
    readonly adjusted: number | null
    readonly eValue: number | null
    readonly verdict: string
    readonly final: boolean
  }[]
  readonly trends: readonly { readonly name: string; readonly p: number | null }[]
  readonly notes: readonly string[]
}

export function analysisLines(analysis: ViewedAnalysis, experiment: ViewedExperiment): string[] {
  const { arms, contrasts, trends, notes } = analysis
  return [
    pc.bold(`${endpointText(analysis)}, ${analysis.direction === 'minimize' ? 'lower' : 'higher'} is better`),
    ...table(
      ['arm', 'seeds', 'mean', '95 %'],
      [...arms]
        .sort(byMean(analysis.direction))
        .map(({ name, n, mean, low, high }) => [name, String(n), valueText(mean), intervalText(low, high)]),
    ),
    '',
    ...(contrasts.length === 0
      ? []
      : table(
          ['contrast', 'seeds', 'difference', '95 %', 'p (Holm)', 'e', 'verdict'],
          contrasts.map((c) => [
            `${c.arm} − ${c.baseline}`,
            String(c.n),
            valueText(c.difference),
            intervalText(c.low, c.high),
            c.adjusted === null ? '-' : String(Number(c.adjusted.toPrecision(2))),
            c.eValue === null ? '-' : String(Number(c.eValue.toPrecision(2))),
            `${c.verdict}${c.final ? '' : ' (preliminary)'}`,
          ]),
        )),
    ...trends.map(
      ({ name, p }) => `trend over the share of ${name}: p ${p === null ? '-' : Number(p.toPrecision(2))}`,
    ),
    '',
    ...bestLines(analysis, experiment),
    ...notes.map((note) => pc.dim(printable(note))),
  ]
}

function endpointText({ metric, endpoint }: ViewedAnalysis): string {
  return endpoint.of === 'best'
    ? `best observed ${metric}`
    : `${metric} of the recommended configuration, run again ${endpoint.repetitions} times`
}

type Arm = ViewedAnalysis['arms'][number]

function byMean(direction: ViewedAnalysis['direction']) {
  const sign = direction === 'minimize' ? 1 : -1
  const key = ({ mean }: Arm) => (mean === null ? Number.POSITIVE_INFINITY : sign * mean)
  return (a: Arm, b: Arm) => key(a) - key(b)
}

/** The configuration with the best endpoint of all cells. */
function bestLines({ direction }: ViewedAnalysis, { cells }: ViewedExperiment): string[] {
  const sign = direction === 'minimize' ? 1 : -1
  const measured = cells.filter(({ endpoint }) => endpoint !== undefined)
  if (measured.length === 0) return []
  const best = measured.reduce((a, b) => (sign * b.endpoint! < sign * a.endpoint! ? b : a))
  const params = Object.entries(best.recommended?.params ?? {})
  return [
    `best configuration: ${valueText(best.endpoint!)} by ${best.arm}, seed ${best.seed}`,
    ...params.map(([name, value]) => `  ${printable(name)} = ${printable(JSON.stringify(value))}`),
    '',
  ]
}

function intervalText(low: number | null, high: number | null): string {
  return low === null || high === null ? '-' : `${valueText(low)} to ${valueText(high)}`
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]!.length)))
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')
  return [pc.bold(line(heads)), ...rows.map(line)]
}
