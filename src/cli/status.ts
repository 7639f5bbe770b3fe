/** `chiron status`: all studies in a table, one study with its best trials and what matters in it, or one experiment. */
import pc from 'picocolors'
import { openServiceClient, type ServiceClient } from '../dispatch/clients/service-client.js'
import { Fault } from '../faults.js'
import { bestTrialLines, readBestTrials } from './best-trials.js'
import { analysisLines, type ViewedAnalysis } from './experiment/analysis-text.js'
import { experimentLines, type ViewedExperiment } from './experiment/experiment-view.js'
import { formatValue, percentText, StudyView, type Summary } from './study-view.js'
import { type Column, tableLines } from './table.js'
import { sparkline } from './terminal-screen.js'
import { printableParts } from './terminal-text.js'

export interface StatusOptions {
  readonly server: string
  /** Whether the studies of experiments are listed too. */
  readonly cells?: true
}

export async function printStatus(
  name: string | undefined,
  { server, cells }: StatusOptions,
  token: string | undefined,
): Promise<void> {
  const api = openServiceClient(server, token)
  const lines = name === undefined ? await allLines(api, cells ?? false) : await linesOf(api, name)
  console.log(lines.join('\n'))
}

/** A name is that of a study, or else of an experiment. */
async function linesOf(api: ServiceClient, name: string): Promise<string[]> {
  try {
    return await studyLines(api, name)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'study_not_found') throw error
    return experimentStatus(api, name)
  }
}

async function experimentStatus(api: ServiceClient, name: string): Promise<string[]> {
  const path = `/experiments/${encodeURIComponent(name)}`
  const [experiment, analysis] = await Promise.all([
    api.get<ViewedExperiment>(path),
    api.get<ViewedAnalysis>(`${path}/analysis`),
  ]).catch((error) => {
    if (!(error instanceof Fault) || error.code !== 'experiment_not_found') throw error
    throw new Fault('not_found', `There is no study and no experiment named ${name}`)
  })
  return [...experimentLines(experiment), '', ...analysisLines(analysis, experiment)]
}

// ── all studies ──

interface Overview {
  readonly name: string
  readonly state: string
  readonly metric: string
  readonly optimizer: string
  readonly advisor?: string
  readonly trials: Readonly<Record<string, number>>
  readonly best?: { readonly value: number; readonly noise: number | null }
  readonly spark: readonly (readonly [number, number])[]
  readonly budget: { readonly used: number | null }
  readonly oomRate: { readonly all: number | null }
  readonly dollars: number
  readonly workers: number
}

const COLUMNS: readonly Column<Overview>[] = [
  { head: 'study', isText: true, cell: ({ name }) => name },
  { head: 'state', isText: true, cell: ({ state }) => state },
  {
    head: 'method',
    isText: true,
    cell: ({ optimizer, advisor }) => [optimizer, ...(advisor ? [advisor] : [])].join(' + '),
  },
  { head: 'trials', cell: ({ trials }) => String(trials.complete! + trials.failed! + trials.pruned!) },
  { head: 'budget', cell: ({ budget: { used } }) => percentText(used) },
  { head: 'best', cell: ({ best }) => (best ? formatValue(best.value) : '-') },
  { head: 'noise', cell: ({ best }) => (best?.noise ? `± ${Number(best.noise.toPrecision(2))}` : '') },
  { head: '', isText: true, cell: ({ spark }) => sparkline(spark.map(([, value]) => value)) },
  { head: 'OOM', cell: ({ oomRate }) => percentText(oomRate.all) },
  { head: 'dollars', cell: ({ dollars }) => (dollars === 0 ? '-' : dollars.toFixed(2)) },
  { head: 'workers', cell: ({ workers }) => String(workers) },
]

/** The newest studies: more fit no terminal. */
const SHOWN = 100

async function allLines(api: ServiceClient, withCells: boolean): Promise<string[]> {
  const { studies, cells, nextCursor } = await api.get<{
    studies: Overview[]
    cells: number
    nextCursor?: string
  }>(`/overview?limit=${SHOWN}&cells=${withCells}`)
  const experiments = await runningLines(api)
  const hidden = withCells ? 0 : cells
  const notes = [
    ...(nextCursor === undefined ? [] : [`and older studies than these ${studies.length}`]),
    ...(hidden > 0 ? [`studies of experiments are not listed (${hidden}): --cells lists them too`] : []),
  ].map(pc.dim)
  if (studies.length > 0 || hidden > 0)
    return [
      ...experiments,
      ...(studies.length > 0 ? tableLines(COLUMNS, printableParts(studies)) : []),
      ...notes,
    ]
  return [
    ...experiments,
    'There are no studies yet: chiron run study.json creates one, and so does POST /studies (see /docs).',
  ]
}

interface Running {
  readonly name: string
  readonly arms: readonly string[]
  readonly seeds: number
  readonly progress: { readonly cells: number; readonly finished: number; readonly failed: number }
}

async function runningLines(api: ServiceClient): Promise<string[]> {
  const { experiments } = await api.get<{ experiments: Running[] }>('/experiments?state=running')
  const lines = printableParts(experiments).map(({ name, arms, seeds, progress }) => {
    const { cells, finished, failed } = progress
    return `experiment ${name}: ${arms.length} arms × ${seeds} seeds, ${finished} of ${cells} cells finished, ${failed} failed`
  })
  return lines.length === 0 ? [] : [...lines, '']
}

// ── one study ──

interface Importances {
  readonly status: string
  readonly reason?: string
  readonly r2: number | null
  readonly total: Readonly<Record<string, number>>
  readonly local: Readonly<Record<string, number>>
}

interface Incumbents {
  readonly incumbents: readonly { readonly number: number; readonly value: number; readonly source: string }[]
}

async function studyLines(api: ServiceClient, study: string): Promise<string[]> {
  const path = `/studies/${encodeURIComponent(study)}`
  const [summary, { incumbents }, best, importances] = await Promise.all([
    api.get<Summary & { readonly study: string }>(`${path}/summary`),
    api.get<Incumbents>(`${path}/incumbents?limit=1000`),
    readBestTrials(api, study),
    api.get<Importances>(`${path}/importances`),
  ])
  const view = new StudyView(summary.study)
  view.setSummary(summary)
  for (const incumbent of incumbents) view.addEvent({ kind: 'incumbent', ...incumbent })
  return [
    ...view.conclusionLines(),
    ...bestTrialLines(best),
    '',
    ...importanceLines(printableParts(importances)),
  ]
}

function importanceLines({ status, reason, r2, total, local }: Importances): string[] {
  if (status !== 'shown') return [pc.bold('importance'), reason ?? '']
  const rows = Object.entries(total).sort(([, a], [, b]) => b - a)
  const columns: Column<(typeof rows)[number]>[] = [
    { head: 'importance', isText: true, cell: ([name]) => name },
    { head: 'total', cell: ([, share]) => share.toFixed(2) },
    { head: 'local', cell: ([name]) => (local[name] ?? 0).toFixed(2) },
  ]
  const note = `by a model that explains ${percentText(r2)} of trials that it has not seen; total: over the whole space, local: around the best`
  return [...tableLines(columns, rows), pc.dim(note)]
}
