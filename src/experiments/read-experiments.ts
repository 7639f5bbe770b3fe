/** Reads experiments, their cells and the studies of cells that run. */
import { and, asc, desc, eq, getTableColumns, inArray, lt, or, sql } from 'drizzle-orm'
import type { CellState, ExperimentState } from '../domain/experiment.js'
import { Fault } from '../faults.js'
import type { Database } from '../storage/database.js'
import { cells, experimentEvents, experiments, studies } from '../storage/tables.js'
import { ID, type StudyRow } from '../studies/read-studies.js'

export type ExperimentRow = typeof experiments.$inferSelect
export type CellWithSteps = typeof cells.$inferSelect
export type CellRow = Omit<CellWithSteps, 'steps'>

/** A thousand cells have ten megabytes of steps, so only an analysis reads them. */
const { steps: _, ...withoutSteps } = getTableColumns(cells)
export const CELL_COLUMNS = withoutSteps

export async function readExperiment(database: Database, nameOrId: string): Promise<ExperimentRow> {
  const by = ID.test(nameOrId) ? eq(experiments.id, nameOrId) : eq(experiments.name, nameOrId)
  const [row] = await database.orm.select().from(experiments).where(by)
  if (row === undefined)
    throw new Fault('experiment_not_found', `There is no experiment ${JSON.stringify(nameOrId)}`)
  return row
}

export interface CellOfStudy {
  readonly experiment: string
  readonly arm: string
  readonly seed: number
}

/** The cell that a study runs, or whose endpoint it measures: of the oldest experiment, where several share the study. */
export async function readCellOf(database: Database, studyId: string): Promise<CellOfStudy | undefined> {
  const [cell] = await database.query<CellOfStudy>(
    `select e.name as experiment, c.arm, c.seed::float8 as seed from cells c join experiments e on e.id = c.experiment_id
      where $1::uuid in (c.study_id, c.endpoint_study_id) order by e.created_at limit 1`,
    [studyId],
  )
  return cell
}

export interface ExperimentCursor {
  readonly createdAt: Date
  readonly id: string
}

/** Lists experiments, newest first. */
export async function listExperiments(
  database: Database,
  state: ExperimentState | undefined,
  after: ExperimentCursor | undefined,
  limit: number,
): Promise<ExperimentRow[]> {
  const older =
    after &&
    or(
      lt(experiments.createdAt, after.createdAt),
      and(eq(experiments.createdAt, after.createdAt), lt(experiments.id, after.id)),
    )
  return database.orm
    .select()
    .from(experiments)
    .where(and(state && eq(experiments.state, state), older))
    .orderBy(desc(experiments.createdAt), desc(experiments.id))
    .limit(limit)
}

/** How many cells are in each state, by experiment. */
export async function countCells(
  database: Database,
  ids: readonly string[],
): Promise<Map<string, Partial<Record<CellState, number>>>> {
  if (ids.length === 0) return new Map()
  const rows = await database.orm
    .select({ id: cells.experimentId, state: cells.state, count: sql<number>`count(*)::int` })
    .from(cells)
    .where(inArray(cells.experimentId, [...ids]))
    .groupBy(cells.experimentId, cells.state)
  const counts = new Map<string, Partial<Record<CellState, number>>>()
  for (const { id, state, count } of rows) counts.set(id, { ...counts.get(id), [state]: count })
  return counts
}

export function readCells(database: Database, experimentId: string): Promise<CellRow[]> {
  return database.orm
    .select(CELL_COLUMNS)
    .from(cells)
    .where(eq(cells.experimentId, experimentId))
    .orderBy(asc(cells.position))
}

export function readCellsWithSteps(database: Database, experimentId: string): Promise<CellWithSteps[]> {
  return database.orm
    .select()
    .from(cells)
    .where(eq(cells.experimentId, experimentId))
    .orderBy(asc(cells.position))
}

/** The studies of these cells, by id: a cell that has ended has its figures and needs none. */
export async function readStudiesOf(
  database: Database,
  rows: readonly Pick<CellRow, 'studyId' | 'endpointStudyId'>[],
): Promise<Map<string, StudyRow>> {
  const ids = rows
    .flatMap(({ studyId, endpointStudyId }) => [studyId, endpointStudyId])
    .filter((id) => id !== null)
  if (ids.length === 0) return new Map()
  const found = await database.orm.select().from(studies).where(inArray(studies.id, ids))
  return new Map(found.map((row) => [row.id, row]))
}

export function listExperimentEvents(database: Database, experimentId: string, after: number, limit: number) {
  return database.orm
    .select({
      seq: experimentEvents.seq,
      kind: experimentEvents.kind,
      data: experimentEvents.data,
      at: experimentEvents.at,
    })
    .from(experimentEvents)
    .where(and(eq(experimentEvents.experimentId, experimentId), sql`${experimentEvents.seq} > ${after}`))
    .orderBy(asc(experimentEvents.seq))
    .limit(limit)
}

export const OPEN_CELLS: readonly CellState[] = ['running', 'measuring']

const EVENTS_AT_ONCE = 500

/** For event streams; null where the experiment was deleted. */
export async function readEventsOf(database: Database, experimentId: string, after: number) {
  const rows = await listExperimentEvents(database, experimentId, after, EVENTS_AT_ONCE)
  if (rows.length > 0) return rows.map((row) => ({ ...row, cursor: String(row.seq) }))
  const [there] = await database.query('select from experiments where id = $1', [experimentId])
  return there === undefined ? null : []
}
