/**
 * Takes turns across to the database, those of several studies together: a statement costs little more for sixteen
 * studies than for one. What is played while statements are under way goes with the next.
 */
import type { Database } from '../db/database.js'
import { Fault } from '../faults.js'
import { type Saved, save } from './save.js'
import type { PlayedTurn } from './writes.js'

/** Statements under way at once: one that waits for another server's lock on a study may not hold up all the others. */
const UNDER_WAY = 2
/** So many turns go together at most. */
const ABOARD = 32

interface Passenger {
  readonly turn: PlayedTurn
  readonly resolve: (saved: Saved | null) => void
  readonly reject: (error: unknown) => void
}

export class Ferry {
  private readonly waiting: Passenger[] = []
  private underWay = 0
  private called = false

  constructor(private readonly database: Database) {}

  /** Null: the study has moved on, and nothing was stored. */
  take(turn: PlayedTurn): Promise<Saved | null> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ turn, resolve, reject })
      this.call()
    })
  }

  /** Whoever arrives by the requests that are there already comes along. */
  private call(): void {
    if (this.called) return
    this.called = true
    setImmediate(() => {
      this.called = false
      while (this.underWay < UNDER_WAY && this.waiting.length > 0)
        void this.cross(this.waiting.splice(0, ABOARD))
    })
  }

  private async cross(aboard: readonly Passenger[]): Promise<void> {
    this.underWay++
    await this.together(aboard)
    this.underWay--
    this.call()
  }

  /** What one turn does wrong is not the others' fault: where the statement is refused, each goes by itself. Passing trouble is everybody's. */
  private async together(aboard: readonly Passenger[]): Promise<void> {
    try {
      const saved = await save(
        this.database,
        aboard.map(({ turn }) => turn),
      )
      for (const [i, { resolve }] of aboard.entries()) resolve(saved[i]!)
    } catch (error) {
      if (aboard.length === 1 || error instanceof Fault) for (const { reject } of aboard) reject(error)
      else for (const passenger of aboard) await this.together([passenger])
    }
  }
}
