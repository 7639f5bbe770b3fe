/**
 * How experiments and their cells change state. Each move is one guarded statement that also logs an event and raises the
 * experiment's version, so two servers, or one that was killed and started again, never make the same move twice.
 *
 *   cell         waiting → running → measuring → finished
 *                running, measuring → failed; failed, stopped → waiting (run again)
 *                waiting, running, measuring → stopped
 *   experiment   running ⇄ paused; running → finished, failed; finished, failed → running (more cells)
 */
import type { CellFigures, CellState, ExperimentState } from '../domain/experiment.js'
import type { Database } from '../storage/database.js'

export interface CellKey {
  readonly experimentId: string
  readonly arm: string
  readonly seed: number
}

/**
 * Starts a waiting cell, if nothing of the experiment has changed since it was read at version `seq`: so that no more
 * cells run than `parallel`, however many servers start them.
 */
export async function startCell(database: Database, cell: CellKey, seq: number): Promise<boolean> {
  const moved = await database.query(
    `with version as (
       update experiments set seq = seq + 1, updated_at = statement_timestamp()
        where id = $1 and seq = $4 and state = 'running'
          and exists (select from cells where experiment_id = $1 and arm = $2 and seed = $3 and state = 'waiting')
       returning id, seq),
     cell as (
       update cells set state = 'running', reason = null, started_at = statement_timestamp()
         from version where experiment_id = version.id and arm = $2 and seed = $3 returning arm, seed)
     insert into experiment_events (experiment_id, seq, kind, data)
     select version.id, version.seq, 'cell-running', json_build_object('arm', cell.arm, 'seed', cell.seed)
       from version, cell returning seq`,
    [cell.experimentId, cell.arm, cell.seed, seq],
  )
  return moved.length > 0
}

export interface CellMove {
  readonly from: readonly CellState[]
  readonly to: CellState
  readonly reason?: string
  readonly result?: CellFigures
}

const ENDED: readonly CellState[] = ['finished', 'failed', 'stopped']

/** Returns whether the cell was in one of the states `from`. */
export async function moveCell(database: Database, cell: CellKey, move: CellMove): Promise<boolean> {
  const { from, to, reason = null, result } = move
  const moved = await database.query(
    `with cell as (
       update cells set state = $5, reason = $6, result = coalesce($7::text::json, result),
                        ended_at = case when $8::boolean then statement_timestamp() end
        where experiment_id = $1 and arm = $2 and seed = $3 and state = any(string_to_array($4, ','))
       returning experiment_id, arm, seed),
     version as (
       update experiments set seq = seq + 1, updated_at = statement_timestamp()
         from cell where id = cell.experiment_id returning id, seq)
     insert into experiment_events (experiment_id, seq, kind, data)
     select version.id, version.seq, 'cell-' || $5,
            json_strip_nulls(json_build_object('arm', cell.arm, 'seed', cell.seed, 'reason', $6::text))
       from version, cell returning seq`,
    [
      cell.experimentId,
      cell.arm,
      cell.seed,
      from.join(','),
      to,
      reason,
      result === undefined ? null : JSON.stringify(result),
      ENDED.includes(to),
    ],
  )
  return moved.length > 0
}

/** Notes which study a cell has; no event, because its study has a log of its own. */
export async function noteStudy(
  database: Database,
  { experimentId, arm, seed }: CellKey,
  column: 'study_id' | 'endpoint_study_id',
  studyId: string,
): Promise<void> {
  await database.query(
    `update cells set ${column} = $4::uuid where experiment_id = $1 and arm = $2 and seed = $3`,
    [experimentId, arm, seed, studyId],
  )
}

export interface ExperimentMove {
  readonly from: readonly ExperimentState[]
  readonly to: ExperimentState
  readonly kind: string
  readonly reason: string | null
  /** Only if nothing changed since the experiment was read at this version. */
  readonly seq?: number
}

export async function moveExperiment(database: Database, id: string, move: ExperimentMove): Promise<boolean> {
  const { from, to, kind, reason, seq = null } = move
  const moved = await database.query(
    `with version as (
       update experiments set state = $3, reason = $4, seq = seq + 1, updated_at = statement_timestamp()
        where id = $1 and state = any(string_to_array($2, ',')) and seq = coalesce($6::int, seq)
       returning id, seq)
     insert into experiment_events (experiment_id, seq, kind, data)
     select id, seq, $5, json_strip_nulls(json_build_object('reason', $4::text)) from version returning seq`,
    [id, from.join(','), to, reason, kind, seq],
  )
  return moved.length > 0
}
