/** Trials of earlier studies, brought into one that has just been created: imports that know where they are from. */
import type { Params } from '../../search-spaces/index.js'
import type { Sql } from '../db/database.js'
import type { Foreseen } from '../model/forecast.js'
import type { Tell } from '../model/tell.js'
import { takeIn } from './enqueue.js'
import { load } from './live.js'
import { log } from './log.js'
import { save } from './save.js'
import { noWrites } from './writes.js'

export interface Earlier {
  readonly study: string
  readonly trials: readonly {
    readonly params: Params
    readonly told: Tell
    readonly foreseen?: Foreseen
    readonly origin: { readonly study: string; readonly id: string; readonly number: number }
  }[]
  /** Trials that had no place in this study. */
  readonly leftOut: number
}

/** By the turn of nobody: inside the transaction that has created the study, which nobody else knows yet. */
export async function bringIn(tx: Sql, studyId: string, earlier: readonly Earlier[]): Promise<void> {
  const live = (await load(tx, studyId, undefined))!
  const from = live.seq
  const writes = noWrites()
  for (const { params, told, foreseen, origin } of earlier.flatMap(({ trials }) => trials))
    takeIn(live, writes, params, told, { origin }, foreseen)
  const warmStart = earlier.map(({ study, trials, leftOut }) => ({ study, trials: trials.length, leftOut }))
  live.counters = { ...live.counters, warmStart }
  log(live, writes, 'warmed', null, { studies: warmStart })
  await save(tx, [{ live, from, writes }])
}
