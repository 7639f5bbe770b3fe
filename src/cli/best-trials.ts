/** The best trials of a study with their parameters, as text. */
import pc from 'picocolors'
import type { ServiceClient } from '../dispatch/clients/service-client.js'
import { formatValue } from './study-view.js'
import { type Column, tableLines } from './table.js'
import { printableParts } from './terminal-text.js'

export interface BestTrial {
  readonly number: number
  readonly value: number
  readonly params: Readonly<Record<string, number | string | boolean>>
  readonly proposal: { readonly source: string }
}

const SHOWN = 5

export async function readBestTrials(api: ServiceClient, study: string): Promise<BestTrial[]> {
  const { trials } = await api.get<{ trials: BestTrial[] }>(
    `/studies/${encodeURIComponent(study)}/best?count=${SHOWN}`,
  )
  return printableParts(trials)
}

/** One column for each trial, so that their parameters stand side by side. */
export function bestTrialLines(trials: readonly BestTrial[]): string[] {
  if (trials.length === 0) return []
  const names = [...new Set(trials.flatMap(({ params }) => Object.keys(params)))]
  const rows = [
    { head: 'source', of: ({ proposal }: BestTrial) => proposal.source },
    ...names.map((name) => ({ head: name, of: ({ params }: BestTrial) => shown(params[name]) })),
  ]
  const columns: Column<(typeof rows)[number]>[] = [
    { head: 'best trials', isText: true, cell: ({ head }) => head },
    ...trials.map((trial) => ({
      head: `${formatValue(trial.value)} (${trial.number})`,
      cell: ({ of }: (typeof rows)[number]) => of(trial),
    })),
  ]
  const [heads, ...lines] = tableLines(columns, rows)
  return ['', heads!, ...lines.map((line, i) => (rows[i]!.head === 'source' ? pc.dim(line) : line))]
}

function shown(value: BestTrial['params'][string] | undefined): string {
  if (value === undefined) return '-'
  return typeof value === 'number' && !Number.isInteger(value) ? formatValue(value) : String(value)
}
