/**
 * Decides the outcome of a trial from how its processes ended, their result files and the last lines of their log.
 */
import { stripVTControlCharacters } from 'node:util'
import type { Outcome } from '../../domain/enums.js'
import type { Tell } from '../../domain/tell.js'
import type { ProcessProfile } from '../profiles/process-profile.js'
import type { JobExit } from './job-folder.js'
import type { ReadResult, Result } from './result-file.js'

export interface JobTraces {
  readonly profile: ProcessProfile
  readonly exit: JobExit
  readonly tail: string
  readonly result: ReadResult
  /** Whether the program was edited: the times that it tells are then not believed. */
  readonly edited?: boolean
  /** The result of the evaluation or of the scorer, where the profile has one. */
  readonly evaluation?: ReadResult
  /** The result by sealed data, where it is judged by them. */
  readonly sealed?: ReadResult
}

/** The first pattern that matches the last lines of a failed trial decides its outcome. */
const PATTERNS: readonly { readonly pattern: RegExp; readonly outcome: Outcome }[] = [
  {
    pattern:
      /CUDA out of memory|OutOfMemoryError|CUDA error: out of memory|cudaErrorMemoryAllocation|CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED|RESOURCE_EXHAUSTED: Out of memory/i,
    outcome: 'oom',
  },
  {
    pattern:
      /DefaultCPUAllocator: (can't|not enough)|^MemoryError\b|ArrayMemoryError|std::bad_alloc|Cannot allocate memory|JavaScript heap out of memory/im,
    outcome: 'oom',
  },
  { pattern: /\bloss (was|is|=|:)\s*-?(nan|inf)/i, outcome: 'diverged' },
  {
    pattern: /^FloatingPointError|(contains|produced|encountered) (NaN|non-finite)/im,
    outcome: 'diverged',
  },
]

const MESSAGE_LINES = 20
const MESSAGE_LENGTH = 4000
const SIGKILL = 137

export function outcomeOf(traces: JobTraces): Tell {
  const { result } = traces
  const measured = result.is === 'result' ? measurements(result.result) : {}
  const verdict = classify(traces)
  return {
    ...measured,
    ...verdict,
    trainSeconds: charged(traces, measured.trainSeconds),
  }
}

/** A trainer that was paused may have counted the pause as well; our own clock stood still. */
function charged({ exit, edited }: JobTraces, told: number | undefined): number {
  const { train } = exit.seconds
  if (edited && train !== undefined) return train
  if (told !== undefined && train !== undefined && exit.pausedSeconds !== undefined)
    return Math.min(told, train)
  return told ?? sum(Object.values(exit.seconds))
}

type ClassifiedOutcome = Pick<Tell, 'outcome' | 'value' | 'message'>

function classify(traces: JobTraces): ClassifiedOutcome {
  const { exit, result, tail } = traces
  const last = lastLines(tail)
  if (exit.error !== undefined)
    return { outcome: 'crashed', message: `It could not be started: ${exit.error}` }
  if (exit.ended === 'disk')
    return {
      outcome: 'invalid',
      message: `It wrote more than the ${traces.profile.diskMegabytes} MB of its profile\n${last}`,
    }
  if (exit.ended === 'hot' || exit.ended === 'lost card')
    return { outcome: 'crashed', message: `${exit.cards?.ended ?? exit.ended}\n${last}`.trim() }
  if (exit.ended === 'timeout') return { outcome: 'timeout', message: timeoutMessage(traces, last) }
  for (const told of [traces.sealed, traces.evaluation, result])
    if (told?.is === 'result' && told.result.outcome !== 'complete')
      return { outcome: told.result.outcome, message: told.result.message ?? last }
  if (exit.code === 0) return completed(traces)
  return failed(traces, last)
}

/** A trial whose stages all ended well has still failed if it left no value. */
function completed({ profile, result, evaluation, tail }: JobTraces): ClassifiedOutcome {
  const source = evaluation ?? result
  const name = evaluation ? 'evaluation.json' : profile.result.by === 'file' ? profile.result.path : 'the log'
  if (source.is === 'absent')
    return { outcome: 'crashed', message: `It ended well and left no result in ${name}\n${lastLines(tail)}` }
  if (source.is === 'broken')
    return {
      outcome: source.notANumber ? 'diverged' : 'crashed',
      message: `Its result in ${name} ${source.why}`,
    }
  const { value } = source.result
  if (value === undefined) return { outcome: 'crashed', message: `Its result in ${name} has no value` }
  const { range } = profile
  if (range === undefined || typeof value !== 'number' || (value >= range.low && value <= range.high))
    return { outcome: 'complete', value }
  return {
    outcome: 'invalid',
    message: `Its value ${value} is outside the range of the metric, ${range.low} to ${range.high}`,
  }
}

function failed({ profile, exit, tail }: JobTraces, last: string): ClassifiedOutcome {
  for (const { pattern, outcome } of [
    ...profile.failures.map((f) => ({ pattern: new RegExp(f.pattern, 'm'), outcome: f.outcome })),
    ...PATTERNS,
  ])
    if (pattern.test(tail)) return { outcome, message: last }
  if (exit.signal === 'SIGKILL' || exit.code === SIGKILL) return killed(exit, last)
  const how = exit.signal === null ? `ended with ${exit.code}` : `was ended by ${exit.signal}`
  return {
    outcome: 'crashed',
    message: last === '' ? `Its ${exit.stage} ${how}, without a word` : `${last}\n(its ${exit.stage} ${how})`,
  }
}

/**
 * A SIGKILL that was not ours is taken for the kernel's when memory ran out, unless the kernel counts no such kill.
 */
function killed(exit: JobExit, last: string): ClassifiedOutcome {
  if (exit.kernelKills === 0)
    return {
      outcome: 'crashed',
      message: `${last}\n(killed by SIGKILL, neither by us nor by the kernel because memory ran out)`.trim(),
    }
  return {
    outcome: 'oom',
    message: `${last}\n(killed by the kernel: the machine's memory was used up)`.trim(),
  }
}

function timeoutMessage({ profile, exit, edited }: JobTraces, last: string): string {
  const { budgetSeconds, graceSeconds, wallSeconds } = profile
  const whole = `${budgetSeconds} s of budget and ${graceSeconds} s of grace`
  const training =
    edited && wallSeconds !== undefined ? `${wallSeconds} s, or ${whole} with its start` : whole
  const limit = exit.stage === 'train' ? training : `${graceSeconds} s`
  return `Its ${exit.stage} took more than ${limit}\n${last}`.trim()
}

function measurements({ trainSeconds, peakMemoryMb, tokensPerSecond }: Result) {
  return {
    ...(trainSeconds === undefined ? {} : { trainSeconds }),
    ...(peakMemoryMb === undefined ? {} : { peakMemoryMb }),
    ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
  }
}

/** For people to read: control characters are removed. */
function lastLines(text: string): string {
  const plain = stripVTControlCharacters(text).replace(/[^\P{Cc}\n\t]/gu, '')
  return plain.trimEnd().split('\n').slice(-MESSAGE_LINES).join('\n').slice(-MESSAGE_LENGTH)
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}
