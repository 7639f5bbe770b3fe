/** Where trials come from and results go to: the service that we are part of, by the code that HTTP goes through too. */
import type { Database } from '../db/database.js'
import type { Tell } from '../model/tell.js'
import { type Asked, ask } from '../trials/ask.js'
import { foresee } from '../trials/forecast.js'
import { renew } from '../trials/lease.js'
import type { Moved } from '../trials/moved.js'
import type { Decision } from '../trials/pruning.js'
import { report } from '../trials/report.js'
import { tell } from '../trials/settle.js'
import type { Turns } from '../trials/turn.js'

/** Faults are those of src/faults.ts, whether they come from here or over the wire. */
export interface Desk {
  ask(worker: string): Promise<Asked>
  heartbeat(number: number, token: string): Promise<void>
  report(number: number, token: string, step: number, value: number | string): Promise<Decision>
  tell(number: number, token: string, told: Tell): Promise<void>
  /** Until something may have changed. */
  wait(milliseconds: number): Promise<void>
}

export function deskInside(
  { database, turns, moved }: { readonly database: Database; readonly turns: Turns; readonly moved: Moved },
  study: string,
): Desk {
  return {
    ask: (worker) => turns.take(study, ask(worker, 1)),
    heartbeat: async (number, token) => {
      await renew(database, study, number, token)
    },
    report: (number, token, step, value) => report(database, study, number, { token, step, value }),
    tell: async (number, token, told) => {
      await turns.take(study, tell(number, token, told, await foresee(database, study, number, told)))
    },
    wait: (milliseconds) => moved.wait(study, milliseconds),
  }
}
