/** The analysis of an experiment as tables for a terminal. */
import pc from 'picocolors'
import { type Column, tableLines } from '../table.js'
import { printable, printableParts } from '../terminal-text.js'
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

type Arm = ViewedAnalysis['arms'][number]
type Contrast = ViewedAnalysis['contrasts'][number]

const ARM_COLUMNS: readonly Column<Arm>[] = [
  { head: 'arm', isText: true, cell: ({ name }) => name },
  { head: 'seeds', cell: ({ n }) => String(n) },
  { head: 'mean', cell: ({ mean }) => valueText(mean) },
  { head: '95 %', cell: ({ low, high }) => intervalText(low, high) },
]

const CONTRAST_COLUMNS: readonly Column<Contrast>[] = [
  { head: 'contrast', isText: true, cell: ({ arm, baseline }) => `${arm} − ${baseline}` },
  { head: 'seeds', cell: ({ n }) => String(n) },
  { head: 'difference', cell: ({ difference }) => valueText(difference) },
  { head: '95 %', cell: ({ low, high }) => intervalText(low, high) },
  { head: 'p (Holm)', cell: ({ adjusted }) => twoDigits(adjusted) },
  { head: 'e', cell: ({ eValue }) => twoDigits(eValue) },
  {
    head: 'verdict',
    isText: true,
    cell: ({ verdict, final }) => `${verdict}${final ? '' : ' (preliminary)'}`,
  },
]

export function analysisLines(analysis: ViewedAnalysis, experiment: ViewedExperiment): string[] {
  const { arms, contrasts, trends, notes, direction } = printableParts(analysis)
  return [
    pc.bold(`${endpointText(analysis)}, ${direction === 'minimize' ? 'lower' : 'higher'} is better`),
    ...tableLines(ARM_COLUMNS, [...arms].sort(byMean(direction))),
    '',
    ...(contrasts.length === 0 ? [] : tableLines(CONTRAST_COLUMNS, contrasts)),
    ...trends.map(({ name, p }) => `trend over the share of ${name}: p ${twoDigits(p)}`),
    '',
    ...bestLines(analysis, experiment),
    ...notes.map((note) => pc.dim(note)),
  ]
}

function endpointText({ metric, endpoint }: ViewedAnalysis): string {
  return endpoint.of === 'best'
    ? `best observed ${metric}`
    : `${metric} of the recommended configuration, run again ${endpoint.repetitions} times`
}

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

function twoDigits(value: number | null): string {
  return value === null ? '-' : String(Number(value.toPrecision(2)))
}
