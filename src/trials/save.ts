/**
 * Stores what turns did, each of another study: one statement (`statement.ts`), each turn all or nothing, and nothing of
 * one whose study has moved on since it was read: that turn is played again on what is there now.
 */
import type { Sql } from '../db/database.js'
import { fromSql } from '../db/rows.js'
import { compose } from './statement.js'
import type { TrialRow } from './view.js'
import type { PlayedTurn } from './writes.js'

/** What the database says of what was stored: trials by number, with the times of its own clock. */
export type Saved = ReadonlyMap<number, TrialRow>

/** For each turn; null: its study is not at event `from` any more, and nothing of it was stored. */
export async function save(sql: Sql, turns: readonly PlayedTurn[]): Promise<(Saved | null)[]> {
  // First whatever only reads: once something is stored, nothing may fail that could be taken for the statement's failure.
  const current = await Promise.all(turns.map((turn) => hasWrites(turn) || isAt(sql, turn)))
  const stored = await store(sql, turns.filter(hasWrites))
  return turns.map((turn, i) => {
    if (hasWrites(turn)) return stored.get(turn.live.id) ?? null
    return current[i] ? new Map() : null
  })
}

function hasWrites({ live, from, writes }: PlayedTurn): boolean {
  return live.seq !== from || writes.renewed.length > 0
}

/** By study: those whose guard let them pass. */
async function store(sql: Sql, turns: readonly PlayedTurn[]): Promise<Map<string, Map<number, TrialRow>>> {
  const stored = new Map<string, Map<number, TrialRow>>()
  if (turns.length === 0) return stored
  const { statement, parameters } = compose(turns)
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
async function isAt(sql: Sql, { live, from }: PlayedTurn): Promise<boolean> {
  return (await sql.query('select 1 from studies where id = $1 and seq = $2', [live.id, from])).length > 0
}
