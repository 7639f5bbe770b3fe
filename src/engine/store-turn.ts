/**
 * Stores what turns did, each of another study: one statement (`statement.ts`), each turn all or nothing, and nothing of
 * one whose study has moved on since it was read: that turn is played again on what is there now.
 */
import type { Sql } from '../storage/database.js'
import { fromSql } from '../storage/rows.js'
import type { TrialRow } from '../storage/trial-row.js'
import { composeStatement } from './turn-statement/turn-statement.js'
import type { PlayedTurn } from './writes.js'

/** What the database says of what was stored: trials by number, with the times of its own clock. */
export type StoredTrials = ReadonlyMap<number, TrialRow>

/** For each turn; null: its study is not at event `from` any more, and nothing of it was stored. */
export async function storeTurns(sql: Sql, turns: readonly PlayedTurn[]): Promise<(StoredTrials | null)[]> {
  // First whatever only reads: once something is stored, nothing may fail that could be taken for the statement's failure.
  const current = await Promise.all(turns.map((turn) => hasWrites(turn) || isStillAt(sql, turn)))
  const stored = await runStatement(sql, turns.filter(hasWrites))
  return turns.map((turn, i) => {
    if (hasWrites(turn)) return stored.get(turn.study.id) ?? null
    return current[i] ? new Map() : null
  })
}

function hasWrites({ study, from, writes }: PlayedTurn): boolean {
  return study.seq !== from || writes.renewed.length > 0
}

/** By study: those whose guard let them pass. */
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

/** Nothing to store, but an answer to give: it must not come from a state that another server has left behind. */
async function isStillAt(sql: Sql, { study, from }: PlayedTurn): Promise<boolean> {
  return (await sql.query('select 1 from studies where id = $1 and seq = $2', [study.id, from])).length > 0
}
