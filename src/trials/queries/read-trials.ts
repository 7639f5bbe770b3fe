/** Reads trials: one, a page, or all as a stream. Reading queues no command. */
import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm'
import type { TrialState } from '../../domain/enums.js'
import { Fault } from '../../faults.js'
import type { Database, Sql } from '../../storage/database.js'
import { fromSql } from '../../storage/rows.js'
import { attempts, incumbents, trials } from '../../storage/tables.js'
import type { TrialRow } from '../../storage/trial-row.js'
import { CONFIRM_SOURCE } from '../commands/confirm.js'
import { iso, viewTrial } from './trial-view.js'

export async function readTrial(sql: Sql, studyId: string, number: number): Promise<TrialRow> {
  const [row] = await sql.query<Record<string, unknown>>(
    'select * from trials where study_id = $1 and number = $2',
    [studyId, number],
  )
  if (row === undefined) throw new Fault('trial_not_found', `The study has no trial ${number}`)
  return fromSql<TrialRow>(row)
}

export interface TrialFilter {
  readonly state?: TrialState
  readonly source?: string
}

/** Trials after a number, lowest first, so that pages do not shift when trials are added. */
export async function listTrials(
  database: Database,
  studyId: string,
  filter: TrialFilter,
  after: number,
  limit: number,
): Promise<TrialRow[]> {
  const where: SQL[] = [eq(trials.studyId, studyId), gt(trials.number, after)]
  if (filter.state !== undefined) where.push(eq(trials.state, filter.state))
  if (filter.source !== undefined) where.push(sql`${trials.proposal}->>'source' = ${filter.source}`)
  return database.orm
    .select()
    .from(trials)
    .where(and(...where))
    .orderBy(asc(trials.number))
    .limit(limit)
}

/** The best complete trials, best first. Repeats of the best are left out: each would be there several times. */
export async function listBest(
  database: Database,
  studyId: string,
  sign: 1 | -1,
  count: number,
): Promise<TrialRow[]> {
  const rows = await database.query<Record<string, unknown>>(
    `select * from trials where study_id = $1 and state = 'complete' and proposal->>'source' <> $3
      order by $2::int * value, number limit $4`,
    [studyId, sign, CONFIRM_SOURCE, count],
  )
  return rows.map((row) => fromSql<TrialRow>(row))
}

/** One trial with its attempts and reports. */
export async function showTrial(database: Database, studyId: string, number: number) {
  const trial = viewTrial(await readTrial(database, studyId, number))
  const [tries, reports] = await Promise.all([
    database.orm
      .select()
      .from(attempts)
      .where(and(eq(attempts.studyId, studyId), eq(attempts.number, number)))
      .orderBy(asc(attempts.attempt)),
    database.query<{ step: number; value: number }>(
      'select step, value from reports where study_id = $1 and number = $2 order by step limit 10000',
      [studyId, number],
    ),
  ])
  return {
    ...trial,
    attempts: tries.map(({ attempt, worker, state, leasedAt, endedAt }) => ({
      attempt,
      worker,
      state,
      leasedAt: iso(leasedAt),
      ...(endedAt === null ? {} : { endedAt: iso(endedAt) }),
    })),
    reports,
  }
}

/** How many earlier trials of the study have the configuration of this one. */
export async function countEarlierRuns(database: Database, studyId: string, number: number): Promise<number> {
  const [row] = await database.query<{ runs: number }>(
    `select count(*)::int as runs from trials t
       join trials own on own.study_id = t.study_id and own.params_key = t.params_key
      where t.study_id = $1 and own.number = $2 and t.number < $2 and t.state <> 'cancelled'`,
    [studyId, number],
  )
  return row!.runs
}

/** The incumbents, first to last. */
export async function listIncumbents(database: Database, studyId: string, after: number, limit: number) {
  const rows = await database.orm
    .select()
    .from(incumbents)
    .where(and(eq(incumbents.studyId, studyId), gt(incumbents.seq, after)))
    .orderBy(asc(incumbents.seq))
    .limit(limit)
  return rows.map(({ studyId: _, at, ...row }) => ({ ...row, at: iso(at) }))
}

export type StoredIncumbent = Awaited<ReturnType<typeof listIncumbents>>[number]

/** An export holds so many trials in memory. */
const EXPORT_PAGE = 25

/** A hot statement: a listing's plan may read and sort all trials after a page for each page. */
export async function* everyTrial(database: Database, studyId: string): AsyncGenerator<TrialRow> {
  for (let after = -1; ; ) {
    const page = await database.query<Record<string, unknown>>(
      'select * from trials where study_id = $1 and number > $2 order by number limit $3',
      [studyId, after, EXPORT_PAGE],
    )
    for (const row of page) yield fromSql<TrialRow>(row)
    if (page.length < EXPORT_PAGE) return
    after = page.at(-1)!.number as number
  }
}
