/** An experiment as the API shows it: its plan, its cells and how far it is. */
import { endedTrials, shareOf } from '../domain/counters.js'
import type { CellState, ExperimentPlan } from '../domain/experiment.js'
import type { StudyRow } from '../studies/read-studies.js'
import type { CellRow, ExperimentRow } from './read-experiments.js'

export type CellCounts = Partial<Record<CellState, number>>

/** Without the cells: for listings. */
export function viewSummary(row: ExperimentRow, counts: CellCounts) {
  const { plan } = row
  return {
    id: row.id,
    name: row.name,
    ...(row.description === null ? {} : { description: row.description }),
    state: row.state,
    ...(row.reason === null ? {} : { reason: row.reason }),
    digest: row.digest,
    arms: plan.arms.map(({ name }) => name),
    seeds: plan.seeds.length,
    progress: progressOf(counts),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

export function viewExperiment(
  row: ExperimentRow,
  cells: readonly CellRow[],
  studies: Map<string, StudyRow>,
) {
  const { plan } = row
  return {
    ...viewSummary(row, countsOf(cells)),
    arms: plan.arms.map(viewArm),
    seeds: plan.seeds,
    baseline: plan.baseline,
    contrasts: plan.contrasts,
    endpoint: plan.endpoint,
    looks: plan.looks,
    alpha: plan.alpha,
    test: plan.test,
    alternative: plan.alternative,
    parallel: row.parallel,
    additions: plan.additions,
    plan: plan.outlook,
    cells: cells.map((cell) => viewCell(cell, studies)),
    progress: { ...progressOf(countsOf(cells)), ...etaOf(row, cells) },
  }
}

function viewArm({ name, description, study, method, prompts, added }: ExperimentPlan['arms'][number]) {
  const { trainer, budget } = study
  const { advisor, agent } = method
  const model = advisor?.kind === 'llm' ? advisor.model : (agent?.model ?? agent?.models?.join(', '))
  return {
    name,
    ...(description !== undefined && { description }),
    method,
    ...(trainer !== undefined && { trainer }),
    budget,
    ...(model !== undefined && { model }),
    ...(prompts && { prompts }),
    ...(added && { added }),
  }
}

export function viewCell(cell: CellRow, studies: Map<string, StudyRow>) {
  const { arm, seed, state, study, reason, result, added, attempt } = cell
  const row = cell.studyId === null ? undefined : studies.get(cell.studyId)
  return {
    arm,
    seed,
    study,
    state,
    ...(reason !== null && { reason }),
    ...(attempt > 1 && { attempt }),
    ...(added && { added }),
    ...(result === null ? { ...pausedReason(row, reason), ...figuresOf(row) } : resultOf(result)),
    ...(cell.startedAt && { startedAt: cell.startedAt.toISOString() }),
    ...(cell.endedAt && { endedAt: cell.endedAt.toISOString() }),
  }
}

function resultOf({ best, endpoint, ...figures }: NonNullable<CellRow['result']>) {
  return { ...(endpoint !== null && { endpoint }), ...(best !== null && { best }), ...figures }
}

/** Of a cell that runs, by its study’s counters. */
function figuresOf(row: StudyRow | undefined) {
  const counters = row?.counters
  const ended = counters ? endedTrials(counters) : 0
  return {
    ...(row?.bestValue != null && { best: row.bestValue }),
    trials: ended,
    trainSeconds: counters?.trainSeconds ?? 0,
    dollars: counters?.advice.dollars ?? 0,
    oomRate: shareOf(counters?.failures.oom ?? 0, ended),
  }
}

/** A study that waits for something says so in its cell too. */
function pausedReason(row: StudyRow | undefined, reason: string | null) {
  return row?.state === 'paused' && reason === null && row.reason !== null ? { reason: row.reason } : {}
}

function countsOf(cells: readonly CellRow[]): CellCounts {
  const counts: CellCounts = {}
  for (const { state } of cells) counts[state] = (counts[state] ?? 0) + 1
  return counts
}

function progressOf(counts: CellCounts) {
  const of = (...states: CellState[]) => states.reduce((sum, state) => sum + (counts[state] ?? 0), 0)
  const cells = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const ended = of('finished', 'failed', 'stopped')
  return {
    cells,
    waiting: of('waiting'),
    running: of('running', 'measuring'),
    finished: of('finished'),
    failed: of('failed'),
    stopped: of('stopped'),
    share: cells === 0 ? 1 : ended / cells,
  }
}

/** By the mean duration of the cells that have ended; absent before the first has. */
function etaOf({ state, parallel }: ExperimentRow, cells: readonly CellRow[]): { etaSeconds?: number } {
  const ended = cells.filter(
    ({ state: one, startedAt, endedAt }) => one === 'finished' && startedAt && endedAt,
  )
  const left = cells.filter(({ state: one }) => ['waiting', 'running', 'measuring'].includes(one)).length
  if (state !== 'running' || ended.length === 0 || left === 0) return {}
  const seconds = ended.map(({ startedAt, endedAt }) => (endedAt!.getTime() - startedAt!.getTime()) / 1000)
  const each = seconds.reduce((sum, s) => sum + s, 0) / seconds.length
  return { etaSeconds: (each * left) / Math.min(parallel, left) }
}
