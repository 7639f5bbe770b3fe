/** Pause, resume, finish a study, or give it another budget. */
import type { StudyChange } from '../model/spec.js'
import { finish, finishIfSpent } from './finish.js'
import type { Live } from './live.js'
import { log } from './log.js'
import type { Command } from './turn.js'
import type { Writes } from './writes.js'

export function steer(change: StudyChange): Command<void> {
  return {
    ready: () => false,
    play: () => {
      throw new Error('a study is steered under its lock')
    },
    playLocked: async (live, writes, tx) => {
      const { budget = live.spec.budget, description = live.spec.description } = change
      live.spec = { ...live.spec, budget, ...(description === undefined ? {} : { description }) }
      await tx.query('update studies set spec = $2::text::json where id = $1', [
        live.id,
        JSON.stringify(live.spec),
      ])
      if (change.budget ?? change.description) log(live, writes, 'changed', null, { budget })
      if (change.state !== undefined) turnTo(live, writes, change.state, change.reason)
      reopen(live, writes, change)
      finishIfSpent(live, writes)
      return () => {}
    },
  }
}

export function turnTo(
  live: Live,
  writes: Writes,
  state: NonNullable<StudyChange['state']>,
  reason?: string,
): void {
  if (state === live.state && reason === undefined) return
  if (state === 'finished') {
    finish(live, writes, reason ?? 'It was ended by request')
    return
  }
  live.state = state
  live.reason = state === 'paused' ? (reason ?? 'It was paused by request') : null
  log(live, writes, state === 'paused' ? 'paused' : 'resumed', null, { reason: live.reason })
}

/** A finished study with a larger budget goes on, unless the same request ends it. */
function reopen(live: Live, writes: Writes, change: StudyChange): void {
  if (change.budget === undefined || change.state !== undefined || live.state !== 'finished') return
  turnTo(live, writes, 'active')
}
