/** One part of the statement that stores turns: a `with` query that changes one table. */
import type { PlayedTurn } from '../writes.js'

/** What a part stores, row by row; most rows belong to a trial. */
export interface Item {
  readonly number: number | null
}

export interface StatementPart {
  readonly name: string
  /** Which of the trials that the part changed are returned, as a condition in SQL; undefined: none. */
  readonly answers?: string
  readonly items: (turn: PlayedTurn) => readonly Item[]
  /** `list`: the items of all turns as a record set, each with the id of its `study`. */
  readonly sql: (list: string) => string
}

export const END_COLUMNS =
  'failure text, value float8, metrics json, message text, train_seconds float8, peak_memory_mb float8, tokens_per_second float8, foreseen json'

/** The changes of a trial, by its number: a statement can change a row only once, so all of them go into one row. */
export function changesOf<Change extends Item>(changes: readonly Change[]): (item: Item) => Partial<Change> {
  const byNumber = new Map(changes.map((change) => [change.number, change]))
  return ({ number }) => byNumber.get(number) ?? {}
}

/** The changes of trials that another part of the statement does not change already. */
export function without<Change extends Item>(changes: readonly Change[], others: readonly Item[]): Change[] {
  const taken = new Set(others.map(({ number }) => number))
  return changes.filter(({ number }) => !taken.has(number))
}
