/** The text view of an experiment that runs: its cells as a grid of marks, its progress, and what it has cost so far. */
import pc from 'picocolors'
import { progressBar } from '../terminal-screen.js'
import { printableParts } from '../terminal-text.js'

export interface ViewedCell {
  readonly arm: string
  readonly seed: number
  readonly state: 'waiting' | 'running' | 'measuring' | 'finished' | 'failed' | 'stopped'
  readonly study: string
  readonly reason?: string
  readonly endpoint?: number
  readonly best?: number
  readonly dollars: number
  readonly trainSeconds: number
  readonly endpointSeconds?: number
  readonly recommended?: { readonly params: Readonly<Record<string, unknown>> }
}

export interface ViewedExperiment {
  readonly name: string
  readonly state: 'running' | 'paused' | 'finished' | 'failed'
  readonly reason?: string
  readonly arms: readonly { readonly name: string }[]
  readonly seeds: readonly number[]
  readonly cells: readonly ViewedCell[]
  readonly progress: {
    readonly cells: number
    readonly running: number
    readonly finished: number
    readonly failed: number
    readonly share: number
    readonly etaSeconds?: number
  }
  readonly plan: { readonly summary: string; readonly warnings: readonly string[] }
}

const MARKS: Readonly<Record<ViewedCell['state'], string>> = {
  waiting: '·',
  running: '◔',
  measuring: '◕',
  finished: '●',
  failed: '×',
  stopped: '-',
}

const COLOURS: Readonly<Record<ViewedCell['state'], (text: string) => string>> = {
  waiting: pc.dim,
  running: pc.yellow,
  measuring: pc.yellow,
  finished: pc.green,
  failed: pc.red,
  stopped: pc.dim,
}

export function experimentLines(given: ViewedExperiment): string[] {
  const experiment = printableParts(given)
  const { name, state, reason, arms, cells } = experiment
  const width = Math.max(...arms.map((arm) => arm.name.length))
  return [
    `${pc.bold(name)} ${progressText(experiment)}`,
    ...(state === 'running' ? [] : [`${state}${reason ? `: ${reason}` : ''}`]),
    '',
    ...arms.map((arm) => armLine(arm.name, width, cells)),
    '',
    pc.dim('· waiting  ◔ running  ◕ measured again  ● finished  × failed'),
    ...failureLines(cells),
  ]
}

/** One line for where the terminal cannot be redrawn. */
export function progressText({ progress, cells }: ViewedExperiment): string {
  const { finished, failed, share, etaSeconds } = progress
  const dollars = cells.reduce((sum, cell) => sum + cell.dollars, 0)
  const hours = cells.reduce((sum, cell) => sum + cell.trainSeconds + (cell.endpointSeconds ?? 0), 0) / 3600
  const parts = [
    `${progressBar(share)} ${finished} of ${progress.cells} cells`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${hours.toFixed(1)} GPU hours`,
    ...(dollars > 0 ? [`$${dollars.toFixed(2)}`] : []),
    ...(etaSeconds === undefined ? [] : [`${durationText(etaSeconds)} left`]),
  ]
  return parts.join(' · ')
}

function armLine(arm: string, width: number, cells: readonly ViewedCell[]): string {
  const own = cells.filter((cell) => cell.arm === arm)
  const marks = own.map(({ state }) => COLOURS[state](MARKS[state])).join(' ')
  const values = own.flatMap(({ endpoint }) => (endpoint === undefined ? [] : [endpoint]))
  const mean =
    values.length === 0 ? '' : `  mean ${valueText(values.reduce((a, b) => a + b, 0) / values.length)}`
  return `${arm.padEnd(width)}  ${marks}${mean}`
}

const MOST_FAILURES = 5

function failureLines(cells: readonly ViewedCell[]): string[] {
  const failed = cells.filter(({ state }) => state === 'failed')
  const shown = failed
    .slice(0, MOST_FAILURES)
    .map(({ arm, seed, reason }) => `× ${arm}, seed ${seed}: ${reason}`)
  return failed.length > MOST_FAILURES ? [...shown, `and ${failed.length - MOST_FAILURES} more`] : shown
}

export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}

/** Five significant digits tell arms apart. */
export function valueText(value: number | null): string {
  return value === null ? '-' : String(Number(value.toPrecision(5)))
}
