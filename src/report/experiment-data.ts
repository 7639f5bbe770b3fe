/** Reads what the report of an experiment is made of: its plan, its cells, their analysis, and what happened to it. */
import type { CellFacts } from '../../charts/experiment/facts.js'
import type { Params } from '../../search-spaces/types.js'
import { type ExperimentAnalysis, readAnalysis } from '../experiments/analysis.js'
import { type ExperimentBehaviour, readExperimentBehaviour } from '../experiments/behaviour.js'
import {
  listExperimentEvents,
  readCells,
  readExperiment,
  readStudiesOf,
} from '../experiments/read-experiments.js'
import { viewExperiment } from '../experiments/view-experiment.js'
import { version } from '../root.js'
import type { Database } from '../storage/database.js'
import type { ProgramSite } from '../studies/programs.js'

interface ReportCell extends CellFacts {
  readonly study: string
  readonly reason?: string
  readonly recommended?: { readonly params: Params }
  readonly sealed?: number
}

export interface ExperimentReport {
  readonly experiment: Omit<ReturnType<typeof viewExperiment>, 'cells'> & {
    readonly cells: readonly ReportCell[]
  }
  readonly analysis: ExperimentAnalysis
  /** The plan as it was declared, to create it again. */
  readonly plan: Awaited<ReturnType<typeof readExperiment>>['plan']
  /** What people did, and what failed. */
  readonly changes: readonly { readonly at: string; readonly text: string }[]
  /** Of the arms whose agent edits programs, where there are any. */
  readonly behaviour?: ExperimentBehaviour
  readonly version: string
}

export async function readExperimentReport(site: ProgramSite, nameOrId: string): Promise<ExperimentReport> {
  const { database } = site
  const row = await readExperiment(database, nameOrId)
  const cells = await readCells(database, row.id)
  const running = cells.filter(({ result }) => result === null)
  const agents = row.plan.arms.some(({ method }) => method.agent !== undefined)
  const [analysis, studies, changes, behaviour] = await Promise.all([
    readAnalysis(database, row),
    readStudiesOf(database, running),
    readChanges(database, row.id),
    agents ? readExperimentBehaviour(site, row, 'word') : undefined,
  ])
  return {
    experiment: viewExperiment(row, cells, studies),
    analysis,
    plan: row.plan,
    changes,
    ...(behaviour && { behaviour }),
    version,
  }
}

/** What happens to every cell is no change. */
const ORDINARY = new Set(['cell-running', 'cell-measuring', 'cell-finished'])
const MOST_CHANGES = 100
const EVENTS_AT_ONCE = 1000

async function readChanges(database: Database, id: string): Promise<ExperimentReport['changes']> {
  const changes: { at: string; text: string }[] = []
  for (let after = 0; changes.length < MOST_CHANGES; ) {
    const events = await listExperimentEvents(database, id, after, EVENTS_AT_ONCE)
    for (const { kind, data, at } of events)
      if (!ORDINARY.has(kind)) changes.push({ at: at.toISOString(), text: changeText(kind, data) })
    if (events.length < EVENTS_AT_ONCE) break
    after = events.at(-1)!.seq
  }
  return changes.slice(0, MOST_CHANGES)
}

function changeText(kind: string, data: unknown): string {
  const facts = Object.entries((data ?? {}) as Record<string, unknown>).flatMap(([name, value]) =>
    value === null || value === undefined || (Array.isArray(value) && value.length === 0)
      ? []
      : [`${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`],
  )
  return [kind, ...facts].join(', ')
}
