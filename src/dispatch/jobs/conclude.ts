/** Makes the tell of a trial that has ended: its outcome, its measurements and its metrics. */
import { join } from 'node:path'
import type { Tell } from '../../domain/tell.js'
import { slowdownNames } from '../devices/throttling.js'
import type { JobEngine } from '../engines/engine.js'
import { isConfined, isScored, isSealed, type ProcessProfile } from '../profiles/process-profile.js'
import type { CardRecord, JobExit, JobFolder, TrialRecord } from './job-folder.js'
import { outcomeOf } from './outcome.js'
import { type ReadResult, readResult, resultOf } from './result-file.js'

/**
 * Why a trial is stopped. It is kept in the trial's folder, since another process may supervise the trial when it
 * ends.
 */
export type StopReason = { readonly why: 'pruned'; readonly value: number } | { readonly why: 'abandoned' }

/** Undefined where the trial was settled without us and needs no tell. */
export async function concludeJob(
  folder: JobFolder,
  trial: TrialRecord,
  engine: JobEngine,
  exit: JobExit,
  stop: StopReason | undefined,
): Promise<Tell | undefined> {
  if (stop?.why === 'abandoned') return undefined
  const { profile } = trial
  const tail = await engine.tail(folder, trial)
  const result = await resultOf(folder, profile, tail)
  const evaluation = await evaluationOf(folder, trial)
  const sealed = isSealed(trial) ? await readResult(folder.sealedScore) : undefined
  const edited = trial.program !== undefined
  const told = outcomeOf({
    ...{ profile, exit, tail, result, edited },
    ...(evaluation && { evaluation }),
    ...(sealed && { sealed }),
  })
  const metrics = {
    ...ownMetrics(result),
    ...(evaluation && ownMetrics(evaluation)),
    ...(sealed?.is === 'result' && sealed.result.value !== undefined && { sealed: sealed.result.value }),
    ...execution(trial, engine, exit),
  }
  if (stop?.why === 'pruned' && exit.ended === 'stopped')
    return {
      ...told,
      metrics,
      outcome: 'pruned',
      value: stop.value,
      message: 'Stopped by the rule of its study',
    }
  return { ...told, metrics }
}

async function evaluationOf(folder: JobFolder, trial: TrialRecord): Promise<ReadResult | undefined> {
  if (isScored(trial)) return readResult(folder.score)
  return trial.profile.evaluate && readResult(join(folder.work, 'evaluation.json'))
}

/** The trainer's metrics, phases and hardware as flat members, which become the columns of an export. */
function ownMetrics(reading: ReadResult): NonNullable<Tell['metrics']> {
  if (reading.is !== 'result') return {}
  const { metrics = {}, phases = {}, hardware = {} } = reading.result
  return { ...metrics, ...prefixed('seconds', phases), ...hardware }
}

function execution(trial: TrialRecord, engine: JobEngine, exit: JobExit): NonNullable<Tell['metrics']> {
  return {
    engine: isConfined(trial) ? 'confined' : trial.profile.engine,
    configHash: trial.configHash,
    ...prefixed('wallSeconds', exit.seconds),
    ...(exit.survivors > 0 ? { processesLeft: exit.survivors } : {}),
    ...(exit.pausedSeconds === undefined ? {} : { pausedSeconds: exit.pausedSeconds }),
    ...(exit.cards && cardMetrics(exit.cards, trial.profile)),
    ...engine.tags(trial),
  }
}

function cardMetrics(
  { temperature, smClock, slowed = {}, throttledShare }: CardRecord,
  profile: ProcessProfile,
): NonNullable<Tell['metrics']> {
  const reasons = Object.entries(slowed).flatMap(([bit, share]) =>
    slowdownNames(Number(bit)).map((name) => `${name} ${Math.round(100 * share)} %`),
  )
  return {
    ...(temperature && { gpuTemperatureMax: temperature.max, gpuTemperatureMean: temperature.mean }),
    ...(smClock && { gpuClockMean: smClock.mean, gpuClockMin: smClock.min }),
    ...(reasons.length > 0 && { gpuSlowedBy: reasons.join(', ') }),
    ...(throttledShare !== undefined && { gpuThrottledShare: throttledShare }),
    ...(throttledShare !== undefined && throttledShare > profile.throttledShare && { throttled: true }),
  }
}

function prefixed(name: string, values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${name}.${key}`, value]))
}
