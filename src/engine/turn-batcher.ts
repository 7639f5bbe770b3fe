/**
 * Stores the turns of several studies by one statement, which costs little more for sixteen studies than for one. Turns that are
 * played while statements are under way are stored by the next.
 */

import { Fault } from '../faults.js'
import type { Database } from '../storage/database.js'
import { type StoredTrials, storeTurns } from './store-turn.js'
import type { PlayedTurn } from './writes.js'

/** Two statements may be under way, so that one that waits for another server's lock does not delay all studies. */
const CONCURRENT_STATEMENTS = 2
/** At most so many turns are stored by one statement. */
const MOST_TURNS = 32

interface PendingTurn {
  readonly turn: PlayedTurn
  readonly resolve: (saved: StoredTrials | null) => void
  readonly reject: (error: unknown) => void
}

export class TurnBatcher {
  private readonly waiting: PendingTurn[] = []
  private underWay = 0
  private scheduled = false

  constructor(private readonly database: Database) {}

  /** Null: another server changed the study, and nothing was stored. */
  store(turn: PlayedTurn): Promise<StoredTrials | null> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ turn, resolve, reject })
      this.schedule()
    })
  }

  /** Waits until the requests that have already arrived are played, so that their turns are stored together. */
  private schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    setImmediate(() => {
      this.scheduled = false
      while (this.underWay < CONCURRENT_STATEMENTS && this.waiting.length > 0)
        void this.send(this.waiting.splice(0, MOST_TURNS))
    })
  }

  private async send(turns: readonly PendingTurn[]): Promise<void> {
    this.underWay++
    await this.storeTogether(turns)
    this.underWay--
    this.schedule()
  }

  /**
   * Where the database refuses the statement, each turn is stored by itself, so that only the faulty one fails. A passing fault of
   * the database fails them all.
   */
  private async storeTogether(turns: readonly PendingTurn[]): Promise<void> {
    try {
      const saved = await storeTurns(
        this.database,
        turns.map(({ turn }) => turn),
      )
      for (const [i, { resolve }] of turns.entries()) resolve(saved[i]!)
    } catch (error) {
      if (turns.length === 1 || error instanceof Fault) for (const { reject } of turns) reject(error)
      else for (const turn of turns) await this.storeTogether([turn])
    }
  }
}
