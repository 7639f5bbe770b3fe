/** Configurations from outside: to be run next, or known already from an old history. */

import { checkParams, type Params, type Space } from '../../../search-spaces/index.js'
import type { Foreseen } from '../../domain/forecast.js'
import type { Tell } from '../../domain/tell.js'
import type { HeldStudy, OpenTrial } from '../../engine/held-study.js'
import type { Command } from '../../engine/study-queue.js'
import type { TurnWrites } from '../../engine/writes.js'
import { Fault } from '../../faults.js'
import { configurationKey, createEndedTrial, createTrial, type TrialDraft } from './create-trial.js'
import { endRow } from './end-row.js'
import { recordOutcome, requireSettlement } from './tell.js'

/** The trial it became, or the one that has this configuration already. */
export interface Enqueued {
  readonly number: number
  readonly created: boolean
}

/** Queues a configuration: repaired, and once only. Missing parameters take their defaults. */
export function enqueue(given: Record<string, unknown>, told: Partial<Tell>): Command<Enqueued> {
  refuseMeasurements(told)
  return alwaysReady(async (study, writes) => {
    if (study.state === 'finished') throw new Fault('study_finished', study.reason ?? 'The study is finished')
    refuseUnknown(study.space, given)
    const seen = await study.search.inspect(given as Params)
    if (!seen.ok) throw invalidParams([{ path: 'params', message: `${seen.message} (${seen.violated})` }])
    const there = study.known.get(configurationKey(seen.params))
    if (there !== undefined) return { number: there, created: false }
    const { params, repairs, feasibility } = seen
    const { number } = createTrial(study, writes, 'enqueue', {
      params,
      repairs,
      ...(feasibility && { feasibility }),
      source: 'enqueued',
      refused: 0,
    })
    return { number, created: true }
  })
}

/** Brings in a trial that ran elsewhere. It costs this study no budget, and its search observes it. */
export function importResult(given: Record<string, unknown>, told: Tell): Command<Enqueued> {
  requireSettlement(told) // half a tell is refused at once
  return alwaysReady((study, writes) => {
    const faults = checkParams(study.space, given)
    if (faults.length > 0) throw invalidParams(faults.map((f) => ({ ...f, path: `params.${f.path}` })))
    const { number } = importTrial(study, writes, given as Params, told)
    return { number, created: true }
  })
}

/** `more`: what else is known of where the trial came from. `foreseen`: what a study that stopped it expected of it. */
export function importTrial(
  study: HeldStudy,
  writes: TurnWrites,
  params: Params,
  told: Tell,
  more: Partial<TrialDraft> = {},
  foreseen?: Foreseen,
): OpenTrial {
  const end = requireSettlement(told)
  const draft = { ...more, params, source: 'imported', repairs: [], refused: 0 }
  const trial = createEndedTrial(study, writes, draft, end.state)
  writes.ends.push(endRow(trial.number, 0, told, end, foreseen))
  recordOutcome(study, writes, trial, { command: 'import', from: 'none' }, told, end, 0, foreseen)
  return trial
}

function alwaysReady(
  play: (study: HeldStudy, writes: TurnWrites) => Enqueued | Promise<Enqueued>,
): Command<Enqueued> {
  return {
    ready: () => true,
    play: async (study, writes) => {
      const done = await play(study, writes)
      return () => done
    },
    playLocked: () => Promise.reject(new Error('a configuration from outside is always ready')),
  }
}

/** Measurements without an outcome are half a tell: nobody meant that. */
function refuseMeasurements(told: Partial<Tell>): void {
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
  throw invalidParams(unknown.map((name) => ({ path: `params.${name}`, message })))
}

function invalidParams(errors: { path: string; message: string }[]): Fault {
  return new Fault('invalid_params', errors.map((e) => `${e.path}: ${e.message}`).join('; '), { errors })
}
