/** Creates an experiment, follows it until it has ended, and prints its analysis. The same again follows it further. */
import { setTimeout } from 'node:timers/promises'
import pc from 'picocolors'
import type { ServiceClient } from '../../dispatch/clients/service-client.js'
import { Fault } from '../../faults.js'
import { connectOrStart } from '../connect.js'
import { INTERRUPTED, listenForInterrupt } from '../interrupt.js'
import { Screen } from '../terminal-screen.js'
import { printable } from '../terminal-text.js'
import { analysisLines, type ViewedAnalysis } from './analysis-text.js'
import { durationText, experimentLines, progressText, type ViewedExperiment } from './experiment-view.js'

export interface FollowOptions {
  readonly server?: string
  readonly dryRun?: boolean
}

export async function runExperiment(
  plan: { readonly name?: unknown },
  options: FollowOptions,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { api, url, close } = await connectOrStart(options, env)
  const { signal, release } = listenForInterrupt()
  try {
    if (options.dryRun) return printDryRun(await api.post<DryRun>('/experiments', { ...plan, dryRun: true }))
    const { name, plan: outlook, state } = await api.post<ViewedExperiment>('/experiments', plan)
    for (const warning of outlook.warnings) console.log(pc.yellow(printable(warning)))
    if (state === 'paused')
      console.log(`${name} is paused: POST ${url}/experiments/${name}/resume lets it go on`)
    const ended = await followUntilEnded(api, name, signal)
    if (ended !== undefined) return await printAnalysis(api, ended)
    const where = options.server === undefined ? 'is stopped, and nothing is lost' : `continues at ${url}`
    console.log(`\n${name} ${where}: run the same again to follow it`)
    process.exitCode = INTERRUPTED
  } finally {
    await close()
    release()
  }
}

const POLL_MS = 500
/** Without a terminal a line is printed each time so much more of the cells has ended. */
const SHARE = 0.1

/** Undefined where the user stopped first. */
export async function followUntilEnded(
  api: ServiceClient,
  name: string,
  signal: AbortSignal,
): Promise<ViewedExperiment | undefined> {
  const screen = new Screen()
  let printed = 0
  while (!signal.aborted) {
    const experiment = await api.get<ViewedExperiment>(`/experiments/${encodeURIComponent(name)}`)
    const isOver = experiment.state === 'finished' || experiment.state === 'failed'
    screen.draw(experimentLines(experiment), isOver)
    if (!screen.live && experiment.progress.share >= printed + SHARE) {
      printed = experiment.progress.share
      console.log(progressText(experiment))
    }
    if (isOver) return experiment
    await setTimeout(POLL_MS, undefined, { signal }).catch(() => {})
  }
  return undefined
}

export async function printAnalysis(api: ServiceClient, experiment: ViewedExperiment): Promise<void> {
  const analysis = await api.get<ViewedAnalysis>(
    `/experiments/${encodeURIComponent(experiment.name)}/analysis`,
  )
  console.log(`\n${analysisLines(analysis, experiment).join('\n')}`)
  const failed = experiment.cells.filter(({ state }) => state === 'failed')
  for (const { arm, seed, reason } of failed)
    console.log(pc.red(printable(`${arm}, seed ${seed} failed: ${reason}`)))
  if (failed.length > 0) process.exitCode = 1
}

interface DryRun {
  readonly name: string
  readonly arms: readonly string[]
  readonly seeds: readonly number[]
  readonly plan: { readonly summary: string }
  readonly estimate: {
    readonly cells: number
    readonly trials: number | null
    readonly gpuHours: number | null
    readonly dollars: number | null
    readonly wallHours: number | null
    readonly notes: readonly string[]
  }
}

function printDryRun({ name, arms, seeds, plan, estimate }: DryRun): void {
  const { cells, trials, gpuHours, dollars, wallHours, notes } = estimate
  const amount = (value: number | null, text: (value: number) => string) =>
    value === null ? 'unknown' : text(value)
  console.log(
    [
      `${pc.bold(name)}: ${arms.length} arms × ${seeds.length} seeds = ${cells} cells`,
      `arms       ${arms.join(', ')}`,
      `trials     ${amount(trials, String)}`,
      `GPU hours  ${amount(gpuHours, (hours) => hours.toFixed(1))}`,
      `dollars    ${amount(dollars, (cost) => cost.toFixed(2))}`,
      `wall time  ${amount(wallHours, (hours) => durationText(3600 * hours))} on the trainer's clock`,
      ...notes.map((note) => pc.dim(`           ${printable(note)}`)),
      printable(plan.summary),
      'nothing was created: leave --dry-run out to run it',
    ].join('\n'),
  )
}

/** Reads a plan from a file: the body of POST /experiments. */
export function asPlan(file: string, json: unknown): { readonly name?: unknown } {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json
  throw new Fault('invalid_request', `${file} is not an experiment: it must be the body of POST /experiments`)
}
