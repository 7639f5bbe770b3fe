/** Queues configurations from outside, to be run next. */

import { checkGivenParams, type Params, type Repair, type Space } from '../../../search-spaces/index.js'
import { hasPlace } from '../../domain/budget.js'
import type { HeldStudy } from '../../engine/held-study.js'
import type { Command } from '../../engine/study-queue.js'
import type { TurnWrites } from '../../engine/writes.js'
import { Fault, type FaultAt } from '../../faults.js'
import { configurationKey, createTrial } from './create-trial.js'

/** The trial it became, or the one that has this configuration already. */
export interface Enqueued {
  readonly number: number
  readonly created: boolean
  /** Of a configuration that was to be repaired: what was changed. */
  readonly repairs?: readonly Repair[]
}

/**
 * Queues a configuration, once. Missing parameters take their defaults; a value that cannot run is refused, or, where `mend`
 * says so, moved to one that can.
 */
export function enqueue(given: Record<string, unknown>, told: object, mend: boolean): Command<Enqueued> {
  refuseMeasurements(told)
  return alwaysReady(async (study, writes) => {
    if (study.state === 'finished') throw new Fault('study_finished', study.reason ?? 'The study is finished')
    refuseUnknown(study.space, given)
    if (!mend) refuseFaults(checkGivenParams(study.space, given))
    const seen = await study.search.inspect(given as Params)
    if (!seen.ok) throw invalidParams([{ path: 'params', message: `${seen.message} (${seen.violated})` }])
    const { params, repairs, feasibility } = seen
    const shown = mend ? { repairs } : {}
    const there = study.known.get(configurationKey(params))
    if (there !== undefined) return { number: there, created: false, ...shown }
    refuseBeyondBudget(study)
    const { number } = createTrial(study, writes, 'enqueue', {
      params,
      repairs,
      ...(feasibility && { feasibility }),
      source: 'enqueued',
      refused: 0,
    })
    return { number, created: true, ...shown }
  })
}

function alwaysReady(play: (study: HeldStudy, writes: TurnWrites) => Promise<Enqueued>): Command<Enqueued> {
  return {
    ready: () => true,
    play: async (study, writes) => {
      const done = await play(study, writes)
      return () => done
    },
    playLocked: () => Promise.reject(new Error('a configuration to be queued is always ready')),
  }
}

/** A queued trial is counted at once and runs later without being counted again, so its place is needed now. */
function refuseBeyondBudget({ spec: { budget }, counters }: HeldStudy): void {
  if (hasPlace(budget, counters)) return
  const message = `All ${budget.trials} trials of the budget are taken: raise budget.trials, or cancel a trial`
  throw new Fault('study_finished', message)
}

/** Measurements without an outcome are half a tell: nobody meant that. */
function refuseMeasurements(told: object): void {
  const fields = Object.keys(told)
  if (fields.length === 0) return
  const message =
    'comes with an outcome: give one to bring in a trial that ran, or leave this out to queue one'
  const errors = fields.map((path) => ({ path, message }))
  throw new Fault('invalid_request', errors.map((e) => `${e.path} ${e.message}`).join('; '), { errors })
}

/** A name that the space does not have is a mistake, also where values are to be repaired. */
function refuseUnknown(space: Space, given: Record<string, unknown>): void {
  const known = new Set(space.parameters.map((p) => p.name))
  const unknown = Object.keys(given).filter((name) => !known.has(name))
  if (unknown.length === 0) return
  const message = `is not a parameter of this space, which has ${[...known].join(', ')}`
  throw invalidParams(unknown.map((name) => ({ path: `params.${name}`, message })))
}

function refuseFaults(faults: readonly FaultAt[]): void {
  if (faults.length > 0) throw invalidParams(faults.map(underParams))
}

/** A fault of a configuration, with its path from the top of the request. */
export function underParams({ path, message }: FaultAt): FaultAt {
  return { path: path === '' ? 'params' : `params.${path}`, message }
}

export function invalidParams(errors: readonly { path: string; message: string }[]): Fault {
  return new Fault('invalid_params', errors.map((e) => `${e.path}: ${e.message}`).join('; '), { errors })
}
