/**
 * Runs experiments: keeps `parallel` cells of each at work until every cell has ended. Every server with this database makes the
 * same rounds; the guards of moves.ts decide who makes a move, so a round can be cut anywhere and made again.
 */

import { and, asc, eq, inArray } from 'drizzle-orm'
import type { FastifyBaseLogger } from 'fastify'
import { cells, experiments } from '../storage/tables.js'
import { advanceCell, type CellSite, type OpenCell } from './cell.js'
import { pauseStudies, resumeStudies } from './follow-state.js'
import { moveExperiment, startCell } from './moves.js'
import {
  CELL_COLUMNS,
  type CellRow,
  countCells,
  type ExperimentRow,
  OPEN_CELLS,
  readStudiesOf,
} from './read-experiments.js'

export class ExperimentRunner {
  /** Cells whose step is under way in this process. */
  private readonly busy = new Map<string, Promise<void>>()
  private stopped = false

  constructor(
    private readonly site: CellSite & { readonly logger: FastifyBaseLogger },
    /** Asks for another round soon. */
    private readonly wake: () => void,
  ) {}

  async round(): Promise<void> {
    const running = await this.site.database.orm
      .select()
      .from(experiments)
      .where(inArray(experiments.state, ['running', 'paused']))
      .orderBy(asc(experiments.createdAt))
    for (const experiment of running) await this.advance(experiment)
  }

  /** Waits for the steps that are under way. */
  async stop(): Promise<void> {
    this.stopped = true
    await Promise.all(this.busy.values())
  }

  private async advance(experiment: ExperimentRow): Promise<void> {
    const { database, queues } = this.site
    const open = await this.cellsIn(experiment, OPEN_CELLS)
    const rows = await readStudiesOf(database, open)
    if (experiment.state === 'paused') return pauseStudies(queues, rows.values())
    await resumeStudies(queues, rows.values())
    for (const cell of open) this.startStep(openCell(experiment, cell, rows))
    const room = experiment.parallel - open.length
    if (room <= 0) return
    const waiting = await this.cellsIn(experiment, ['waiting'], room)
    if (open.length === 0 && waiting.length === 0) await this.conclude(experiment)
    for (const [i, cell] of waiting.entries()) {
      if (!(await startCell(database, cell, experiment.seq + i))) return
      this.startStep(openCell(experiment, { ...cell, state: 'running' }, rows))
    }
  }

  private cellsIn(
    { id }: ExperimentRow,
    states: readonly CellRow['state'][],
    limit = 1024,
  ): Promise<CellRow[]> {
    return this.site.database.orm
      .select(CELL_COLUMNS)
      .from(cells)
      .where(and(eq(cells.experimentId, id), inArray(cells.state, [...states])))
      .orderBy(asc(cells.position))
      .limit(limit)
  }

  /** A step that fails is taken again in the next round. */
  private startStep(cell: OpenCell): void {
    const key = `${cell.experimentId}/${cell.study}`
    if (this.stopped || this.busy.has(key)) return
    const step = advanceCell(this.site, cell)
      .then((moved) => {
        if (moved) this.wake()
      })
      .catch((err) =>
        this.site.logger.warn({ err, cell: cell.study }, 'a step of a cell failed; it is taken again soon'),
      )
      .finally(() => this.busy.delete(key))
    this.busy.set(key, step)
  }

  private async conclude({ id, seq }: ExperimentRow): Promise<void> {
    const counts = (await countCells(this.site.database, [id])).get(id) ?? {}
    const failed = counts.failed ?? 0
    const reason = failed === 0 ? null : `${failed} of its cells failed: they can be run again one by one`
    const to = failed === 0 ? 'finished' : 'failed'
    await moveExperiment(this.site.database, id, { from: ['running'], to, kind: to, reason, seq })
  }
}

function openCell(
  { plan }: ExperimentRow,
  cell: CellRow,
  rows: Awaited<ReturnType<typeof readStudiesOf>>,
): OpenCell {
  const rowOf = (id: string | null) => (id === null ? null : (rows.get(id) ?? null))
  return {
    experimentId: cell.experimentId,
    arm: cell.arm,
    seed: cell.seed,
    state: cell.state as OpenCell['state'],
    study: cell.study,
    attempt: cell.attempt,
    plannedArm: plan.arms.find(({ name }) => name === cell.arm)!,
    endpoint: plan.endpoint,
    studyId: cell.studyId,
    endpointStudyId: cell.endpointStudyId,
    studyRow: rowOf(cell.studyId),
    endpointRow: rowOf(cell.endpointStudyId),
  }
}
