/**
 * Stores turns, each of another study, by one statement. Each turn is stored whole or not at all, and not at all where another
 * server changed its study since it was read: then it is played again.
 */
import type { Sql } from '../storage/database.js'
import { fromSql } from '../storage/rows.js'
import type { TrialRow } from '../storage/trial-row.js'
import { composeStatement } from './turn-statement/turn-statement.js'
import type { PlayedTurn } from './writes.js'

/** The trials that a turn stored, by number, as the database returned them: with the times of its clock. */
export type StoredTrials = ReadonlyMap<number, TrialRow>

/** By turn; null where its study is no longer at event `from`, so nothing was stored. */
export async function storeTurns(sql: Sql, turns: readonly PlayedTurn[]): Promise<(StoredTrials | null)[]> {
  // Turns that only read are checked first: after the statement has stored something, nothing else may fail.
  const current = await Promise.all(
    turns.map((turn) => hasWrites(turn) || isStillAt(sql, turn.study.id, turn.from)),
  )
  const stored = await runStatement(sql, turns.filter(hasWrites))
  return turns.map((turn, i) => {
    if (hasWrites(turn)) return stored.get(turn.study.id) ?? null
    return current[i] ? new Map() : null
  })
}

function hasWrites({ study, from, writes }: PlayedTurn): boolean {
  return study.seq !== from || writes.renewed.length > 0
}

/** By study, for those whose guard held. */
async function runStatement(
  sql: Sql,
  turns: readonly PlayedTurn[],
): Promise<Map<string, Map<number, TrialRow>>> {
  const stored = new Map<string, Map<number, TrialRow>>()
  if (turns.length === 0) return stored
  const { statement, parameters } = composeStatement(turns)
  const rows = await sql.query<{ study: string; trial: Record<string, unknown> | null }>(
    statement,
    parameters,
  )
  for (const { study, trial } of rows) {
    const trials = stored.get(study) ?? new Map<number, TrialRow>()
    stored.set(study, trials)
    if (trial === null) continue
    const row = fromSql<TrialRow>(trial)
    trials.set(row.number, row)
  }
  return stored
}

/** What has nothing to store still answers, and must not answer from a state that another server has changed. */
export async function isStillAt(sql: Sql, studyId: string, seq: number): Promise<boolean> {
  return (await sql.query('select 1 from studies where id = $1 and seq = $2', [studyId, seq])).length > 0
}
