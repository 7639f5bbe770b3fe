/** Reads, lists, views and deletes studies. */
import { and, desc, eq, lt, or, sql } from 'drizzle-orm'
import type { StudyState } from '../domain/enums.js'
import { Fault } from '../faults.js'
import type { Database } from '../storage/database.js'
import { studies } from '../storage/tables.js'

export type StudyRow = typeof studies.$inferSelect

export const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export async function readStudy(database: Database, nameOrId: string): Promise<StudyRow> {
  const by = ID.test(nameOrId) ? eq(studies.id, nameOrId) : eq(studies.name, nameOrId)
  const [row] = await database.orm.select().from(studies).where(by)
  if (row === undefined) throw new Fault('study_not_found', `There is no study ${JSON.stringify(nameOrId)}`)
  return row
}

export interface StudyCursor {
  readonly createdAt: Date
  readonly id: string
}

/** The studies that run the cells of experiments, and those that run again what a cell recommends. */
export const STUDIES_OF_CELLS = `
select of_cell.id, experiment_id
  from cells cross join lateral (values (study_id), (endpoint_study_id)) of_cell(id) where of_cell.id is not null`

export interface StudyFilter {
  readonly state?: StudyState
  /** Whether the studies of experiments are listed too. */
  readonly cells: boolean
}

/** Lists studies, newest first. */
export async function listStudies(
  database: Database,
  { state, cells }: StudyFilter,
  after: StudyCursor | undefined,
  limit: number,
): Promise<StudyRow[]> {
  const older =
    after &&
    or(
      lt(studies.createdAt, after.createdAt),
      and(eq(studies.createdAt, after.createdAt), lt(studies.id, after.id)),
    )
  return database.orm
    .select()
    .from(studies)
    .where(and(state && eq(studies.state, state), cells ? undefined : NOT_OF_A_CELL, older))
    .orderBy(desc(studies.createdAt), desc(studies.id))
    .limit(limit)
}

/** Not by `not exists`, which Postgres may join row by row where a page is short: this set it hashes. */
const NOT_OF_A_CELL = sql`${studies.id} not in (select id from (${sql.raw(STUDIES_OF_CELLS)}) c)`

export function viewStudy(row: StudyRow) {
  const { name, ...spec } = row.spec
  return {
    id: row.id,
    name,
    state: row.state,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...spec,
    ...(row.note === null ? {} : { note: row.note }),
    ...(row.tags === null ? {} : { tags: [...row.tags] }),
    trials: row.counters.states,
    ...(row.bestNumber === null ? {} : { best: { number: row.bestNumber, value: row.bestValue! } }),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

/** Deletes a study and all of its rows. While trials run it refuses, unless `force` is set. */
export async function deleteStudy(database: Database, row: StudyRow, force: boolean): Promise<void> {
  const gone = await database.query(
    `delete from studies where id = $1 and ($2::boolean or (counters->'states'->>'running')::int = 0) returning id`,
    [row.id, force],
  )
  if (gone.length > 0) return
  const { counters } = await readStudy(database, row.id)
  throw new Fault(
    'study_busy',
    `${counters.states.running} trials of ${row.name} are running: cancel them, wait until they end, or delete with ?force=true`,
  )
}
