/**
 * The life of one cell, step by step. A step does what is missing and can be done again after a crash at any point: studies are
 * created by name, runs of a configuration are queued only if they are missing, and states move by guarded statements.
 *
 *   running     its study is created, and runs until its budget is spent
 *   measuring   what the arm recommends is run again, in a study of its own with a seed of its own
 *   finished    its figures are stored with it
 */
import type { Trainers } from '../dispatch/profiles/profiles.js'
import { llmLimit, wallSecondsOver, whySpent } from '../domain/budget.js'
import { decodeSpec } from '../domain/decode-spec.js'
import type { Endpoint, ExperimentArm } from '../domain/experiment.js'
import { advisorOf } from '../domain/methods.js'
import { agentOf } from '../engine/program-ledger.js'
import type { StudyQueues } from '../engine/study-queue.js'
import { Fault } from '../faults.js'
import { createStudy, type StudySite } from '../studies/create-study.js'
import type { StudyRow } from '../studies/read-studies.js'
import { repeatConfiguration } from '../trials/commands/repeat-configuration.js'
import { endpointName, endpointSeed } from './cell-names.js'
import { cellFigures, incumbentSteps, toRepeat } from './figures.js'
import { type CellKey, moveCell, noteStudy, type StoredResult } from './moves.js'

export interface CellSite extends StudySite {
  readonly queues: StudyQueues
  readonly trainers: Trainers
  /** Studies wait to be dispatched. */
  readonly dispatch: () => void
}

export interface OpenCell extends CellKey {
  readonly state: 'running' | 'measuring'
  /** Its study's name. */
  readonly study: string
  readonly attempt: number
  readonly plannedArm: ExperimentArm
  readonly endpoint: Endpoint
  readonly studyId: string | null
  readonly endpointStudyId: string | null
  /** The rows of these studies; null where they do not exist. */
  readonly studyRow: StudyRow | null
  readonly endpointRow: StudyRow | null
}

/**
 * Does the next thing that the cell needs, and answers whether its state moved. Faults of the service that may pass are thrown;
 * others fail the cell.
 */
export async function advanceCell(site: CellSite, cell: OpenCell): Promise<boolean> {
  try {
    return await (cell.state === 'running' ? advanceStudy(site, cell) : advanceEndpoint(site, cell))
  } catch (error) {
    if (!(error instanceof Fault) || error.retryable || error.code === 'internal') throw error
    return failCell(site, cell, error.message)
  }
}

async function advanceStudy(site: CellSite, cell: OpenCell): Promise<boolean> {
  const { studyRow: row } = cell
  if (row === null) return cell.studyId === null ? beginStudy(site, cell) : failDeleted(site, cell)
  if (row.state !== 'finished') return false
  const unspent = endedEarly(row)
  if (unspent !== null) return failCell(site, cell, unspent)
  if (row.bestNumber === null) return failCell(site, cell, 'no trial of its study succeeded')
  if (cell.endpoint.of === 'best') return finishCell(site, cell, row, null)
  const moved = await moveCell(site.database, cell, { from: ['running'], to: 'measuring' })
  // At once, and not in the next round, which would read the same rows again.
  return moved && beginEndpoint(site, cell, row)
}

async function beginStudy(site: CellSite, cell: OpenCell): Promise<boolean> {
  const { plannedArm, study: name, seed } = cell
  const { id } = await createStudy(site, { ...plannedArm.study, name, seed })
  await noteStudy(site.database, cell, 'study_id', id)
  site.dispatch()
  return false
}

/** A study that somebody ended by hand is no result of its budget. */
export function endedEarly({ spec, counters, reason }: StudyRow): string | null {
  const { budget } = spec
  if (reason === wallSecondsOver(budget) || whySpent(budget, counters) !== null) return null
  // An agent alone has nothing to go on with once its model may not be called.
  if (agentOf(advisorOf(decodeSpec(spec).method))?.share === 1 && llmLimit(budget, counters, 1) !== null)
    return null
  return `its study was ended before its budget was spent: ${reason ?? 'no reason was given'}`
}

async function advanceEndpoint(site: CellSite, cell: OpenCell): Promise<boolean> {
  const { endpointRow, studyRow } = cell
  if (studyRow === null) return failDeleted(site, cell)
  if (endpointRow === null)
    return cell.endpointStudyId === null ? beginEndpoint(site, cell, studyRow) : failDeleted(site, cell)
  if (endpointRow.state === 'paused' && endpointRow.nextNumber === 0)
    return queueRuns(site, cell, studyRow, endpointRow.id)
  return endpointRow.state === 'finished' && finishCell(site, cell, studyRow, endpointRow)
}

const QUEUEING = 'The recommended configuration is being queued'

/** The study begins paused, so that nothing is asked for before the runs are queued. */
async function beginEndpoint(site: CellSite, cell: OpenCell, studyRow: StudyRow): Promise<boolean> {
  const { plannedArm, endpoint, study, seed, attempt } = cell
  if (endpoint.of !== 'recommended') return false
  const { warmStart: _, confirm: __, pruning: ___, ...shared } = plannedArm.study
  const request = {
    ...shared,
    name: endpointName(study, attempt),
    seed: endpointSeed(seed),
    method: { optimizer: { kind: 'random' } },
    budget: { trials: endpoint.repetitions },
    ...(endpoint.trainer !== undefined && { trainer: endpoint.trainer }),
  }
  const { id } = await createStudy(site, request, QUEUEING)
  await noteStudy(site.database, cell, 'endpoint_study_id', id)
  return queueRuns(site, cell, studyRow, id)
}

async function queueRuns(site: CellSite, cell: OpenCell, studyRow: StudyRow, id: string): Promise<boolean> {
  if (cell.endpoint.of !== 'recommended') return false
  const repeated = await toRepeat(site, studyRow)
  await site.queues.run(id, repeatConfiguration(repeated, cell.endpoint.repetitions))
  site.dispatch()
  return false
}

async function finishCell(
  site: CellSite,
  cell: OpenCell,
  studyRow: StudyRow,
  endpointRow: StudyRow | null,
): Promise<boolean> {
  const [figures, steps] = await Promise.all([
    cellFigures(site, studyRow, endpointRow),
    incumbentSteps(site.database, studyRow.id),
  ])
  const result = { figures, steps }
  if (endpointRow !== null && figures.endpoint === null)
    return failCell(site, cell, 'no run of the recommended configuration succeeded', result)
  return moveCell(site.database, cell, { from: [cell.state], to: 'finished', result })
}

function failDeleted(site: CellSite, cell: OpenCell): Promise<boolean> {
  return failCell(site, cell, 'its study was deleted')
}

function failCell(
  { database }: CellSite,
  cell: OpenCell,
  reason: string,
  result?: StoredResult,
): Promise<boolean> {
  return moveCell(database, cell, { from: [cell.state], to: 'failed', reason, ...(result && { result }) })
}
