/** `chiron trials`: the trials of a study in a table, newest first as far as they fit. */
import pc from 'picocolors'
import { openServiceClient, type ServiceClient } from '../dispatch/clients/service-client.js'
import { TRIAL_STATES } from '../domain/enums.js'
import { Fault } from '../faults.js'
import { formatValue } from './study-view.js'
import { type Column, tableLines } from './table.js'
import { printableParts } from './terminal-text.js'

export interface TrialsOptions {
  readonly server: string
  readonly state?: string
  readonly last: string
}

interface ListedTrial {
  readonly number: number
  readonly state: string
  readonly failure?: string
  readonly value?: number
  readonly proposal: { readonly source: string }
  readonly trainSeconds?: number
  readonly worker?: string
  readonly params: Readonly<Record<string, number | string | boolean>>
  /** Among them what the trial's GPUs did. */
  readonly metrics?: Readonly<Record<string, number | string | boolean | null>>
}

export async function printTrials(
  study: string,
  { server, state, last }: TrialsOptions,
  token: string | undefined,
): Promise<void> {
  if (state !== undefined && !TRIAL_STATES.some((one) => one === state))
    throw new Fault('invalid_request', `--state ${state}: choose ${TRIAL_STATES.join(', ')}`)
  const most = Number(last)
  if (!Number.isInteger(most) || most < 1)
    throw new Fault('invalid_request', `--last ${last}: give a whole number from 1`)
  const trials = printableParts(await readLast(openServiceClient(server, token), study, state, most))
  if (trials.length === 0)
    return console.log(`${study} has no trials${state ? ` that are ${state}` : ''} yet`)
  console.log(tableLines(columnsOf(trials), trials).join('\n'))
  if (trials[0]!.number > 0 && trials.length === most)
    console.log(pc.dim(`the last ${most}; chiron export ${study} writes all`))
}

/** Pages go from the first trial on, so all are read and the last are kept. */
async function readLast(api: ServiceClient, study: string, state: string | undefined, most: number) {
  const kept: ListedTrial[] = []
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const query = new URLSearchParams({ limit: '1000', ...(state && { state }), ...(cursor && { cursor }) })
    const page: { trials: ListedTrial[]; nextCursor?: string } = await api.get(
      `/studies/${encodeURIComponent(study)}/trials?${query}`,
    )
    kept.push(...page.trials)
    kept.splice(0, kept.length - most)
    cursor = page.nextCursor
  }
  return kept
}

function columnsOf(trials: readonly ListedTrial[]): Column<ListedTrial>[] {
  const names = [...new Set(trials.flatMap(({ params }) => Object.keys(params)))]
  return [
    { head: 'trial', cell: ({ number }) => String(number) },
    { head: 'outcome', isText: true, cell: ({ state, failure }) => failure ?? state },
    { head: 'value', cell: ({ value }) => (value === undefined ? '-' : formatValue(value)) },
    { head: 'source', isText: true, cell: ({ proposal }) => proposal.source },
    {
      head: 'seconds',
      cell: ({ trainSeconds }) => (trainSeconds === undefined ? '-' : trainSeconds.toFixed(1)),
    },
    ...gpuColumns(trials),
    ...names.map((name) => ({ head: name, cell: ({ params }: ListedTrial) => shown(params[name]) })),
  ]
}

/** How hot its GPUs were, and what slowed down those that heat or the power supply held back, where any trial has it. */
function gpuColumns(trials: readonly ListedTrial[]): Column<ListedTrial>[] {
  const heat: Column<ListedTrial> = {
    head: '°C',
    cell: ({ metrics }) => shown(metrics?.gpuTemperatureMax ?? undefined),
  }
  const throttled: Column<ListedTrial> = {
    head: 'throttled',
    isText: true,
    cell: ({ metrics }) => (metrics?.throttled === true ? String(metrics.gpuSlowedBy ?? 'yes') : ''),
  }
  return [
    ...(trials.some(({ metrics }) => typeof metrics?.gpuTemperatureMax === 'number') ? [heat] : []),
    ...(trials.some(({ metrics }) => metrics?.throttled === true) ? [throttled] : []),
  ]
}

function shown(value: ListedTrial['params'][string] | undefined): string {
  if (value === undefined) return '-'
  return typeof value === 'number' ? formatValue(value) : String(value)
}
