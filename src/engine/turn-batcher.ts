/**
 * Takes turns across to the database, those of several studies together: a statement costs little more for sixteen
 * studies than for one. What is played while statements are under way goes with the next.
 */

import { Fault } from '../faults.js'
import type { Database } from '../storage/database.js'
import { type StoredTrials, storeTurns } from './store-turn.js'
import type { PlayedTurn } from './writes.js'

/** Statements under way at once: one that waits for another server's lock on a study may not hold up all the others. */
const CONCURRENT_STATEMENTS = 2
/** So many turns go together at most. */
const MOST_TURNS = 32

interface PendingTurn {
  readonly turn: PlayedTurn
  readonly resolve: (saved: StoredTrials | null) => void
  readonly reject: (error: unknown) => void
}

export class TurnBatcher {
  private readonly waiting: PendingTurn[] = []
  private underWay = 0
  private called = false

  constructor(private readonly database: Database) {}

  /** Null: the study has moved on, and nothing was stored. */
  store(turn: PlayedTurn): Promise<StoredTrials | null> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ turn, resolve, reject })
      this.schedule()
    })
  }

  /** Whoever arrives by the requests that are there already comes along. */
  private schedule(): void {
    if (this.called) return
    this.called = true
    setImmediate(() => {
      this.called = false
      while (this.underWay < CONCURRENT_STATEMENTS && this.waiting.length > 0)
        void this.send(this.waiting.splice(0, MOST_TURNS))
    })
  }

  private async send(aboard: readonly PendingTurn[]): Promise<void> {
    this.underWay++
    await this.storeTogether(aboard)
    this.underWay--
    this.schedule()
  }

  /** What one turn does wrong is not the others' fault: where the statement is refused, each goes by itself. Passing trouble is everybody's. */
  private async storeTogether(aboard: readonly PendingTurn[]): Promise<void> {
    try {
      const saved = await storeTurns(
        this.database,
        aboard.map(({ turn }) => turn),
      )
      for (const [i, { resolve }] of aboard.entries()) resolve(saved[i]!)
    } catch (error) {
      if (aboard.length === 1 || error instanceof Fault) for (const { reject } of aboard) reject(error)
      else for (const passenger of aboard) await this.storeTogether([passenger])
    }
  }
}
