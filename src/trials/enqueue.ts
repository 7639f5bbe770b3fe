/** Configurations from outside: to be run next, or known already from an old history. */

import { checkParams, type Params, type Space } from '../../search-spaces/index.js'
import { Fault } from '../faults.js'
import type { Foreseen } from '../model/forecast.js'
import type { Tell } from '../model/tell.js'
import { bear, keyOf, type Newborn } from './birth.js'
import type { Live, OpenTrial } from './live.js'
import { log } from './log.js'
import { endRow, enter, settlementOf } from './settle.js'
import type { Command } from './turn.js'
import type { Writes } from './writes.js'

/** The trial it became, or the one that has this configuration already. */
export interface Enqueued {
  readonly number: number
  readonly created: boolean
}

/** Queues a configuration: repaired, and once only. Missing parameters take their defaults. */
export function enqueue(given: Record<string, unknown>, told: Partial<Tell>): Command<Enqueued> {
  refuseMeasured(told)
  return always((live, writes) => {
    if (live.state === 'finished') throw new Fault('study_finished', live.reason ?? 'The study is finished')
    refuseUnknown(live.space, given)
    const seen = live.search.inspect(given as Params)
    if (!seen.ok) throw invalid([{ path: 'params', message: `${seen.message} (${seen.violated})` }])
    const there = live.known.get(keyOf(seen.params))
    if (there !== undefined) return { number: there, created: false }
    const { params, repairs, feasibility } = seen
    const trial = bear(live, writes, {
      params,
      repairs,
      ...(feasibility && { feasibility }),
      source: 'enqueued',
      refused: 0,
    })
    log(live, writes, 'queued', trial.number)
    return { number: trial.number, created: true }
  })
}

/** Takes in a trial that ran elsewhere. It costs this study no budget, and teaches its search. */
export function importTold(given: Record<string, unknown>, told: Tell): Command<Enqueued> {
  settlementOf(told) // half a tell is refused at once
  return always((live, writes) => {
    const faults = checkParams(live.space, given)
    if (faults.length > 0) throw invalid(faults.map((f) => ({ ...f, path: `params.${f.path}` })))
    const { number } = takeIn(live, writes, given as Params, told)
    return { number, created: true }
  })
}

/** `more`: what else is to be said of where it came from; `foreseen`: what a study that stopped it expected of it. */
export function takeIn(
  live: Live,
  writes: Writes,
  params: Params,
  told: Tell,
  more: Partial<Newborn> = {},
  foreseen?: Foreseen,
): OpenTrial {
  const end = settlementOf(told)
  const trial = bear(live, writes, { ...more, params, source: 'imported', repairs: [], refused: 0 })
  live.open.delete(trial.number)
  writes.born.at(-1)!.state = end.state
  writes.ends.push(endRow(trial.number, 0, told, end, foreseen))
  live.counters = {
    ...live.counters,
    budgeted: live.counters.budgeted - 1,
    imported: live.counters.imported + 1,
  }
  enter(live, writes, trial, 'ready', told, end, 0, foreseen)
  return trial
}

function always(play: (live: Live, writes: Writes) => Enqueued): Command<Enqueued> {
  return {
    ready: () => true,
    play: (live, writes) => {
      const done = play(live, writes)
      return () => done
    },
    playLocked: () => Promise.reject(new Error('a configuration from outside is always ready')),
  }
}

/** Measurements without an outcome are half a tell: nobody meant that. */
function refuseMeasured(told: Partial<Tell>): void {
  const fields = Object.keys(told)
  if (fields.length === 0) return
  const message =
    'comes with an outcome: give one to bring in a trial that ran, or leave this out to queue one'
  const errors = fields.map((path) => ({ path, message }))
  throw new Fault('invalid_request', errors.map((e) => `${e.path} ${e.message}`).join('; '), { errors })
}

/** Repair forgives much, but a name that the space does not have is a mistake. */
function refuseUnknown(space: Space, given: Record<string, unknown>): void {
  const known = new Set(space.parameters.map((p) => p.name))
  const unknown = Object.keys(given).filter((name) => !known.has(name))
  if (unknown.length === 0) return
  const message = `is not a parameter of this space, which has ${[...known].join(', ')}`
  throw invalid(unknown.map((name) => ({ path: `params.${name}`, message })))
}

function invalid(errors: { path: string; message: string }[]): Fault {
  return new Fault('invalid_params', errors.map((e) => `${e.path}: ${e.message}`).join('; '), { errors })
}
