/** Runs an edited program for a few seconds, as a trial would run but without a device or a score. */
import type { ProgramFiles, SmokeResult } from '../../domain/program.js'
import { outcomeOf } from '../jobs/outcome.js'
import { resultOf } from '../jobs/result-file.js'
import type { ProcessProfile } from '../profiles/process-profile.js'
import { type EndedRun, withRun } from './run-program.js'

const TAIL_CHARACTERS = 4000
const DEFAULT_SMOKE = { seconds: 1, graceSeconds: 60 }

export async function smokeRun(profile: ProcessProfile, files: ProgramFiles): Promise<SmokeResult> {
  return withRun(shortened(profile), files, {}, judge)
}

function shortened(profile: ProcessProfile): ProcessProfile {
  const { seconds, graceSeconds } = profile.smoke ?? DEFAULT_SMOKE
  const { evaluate: _, scorer: __, range: ___, ...rest } = profile
  const command = profile.smoke?.command
  return {
    ...rest,
    ...(command && { command, editedCommand: command }),
    readable: profile.readable ?? (profile.scorer ? [] : ['{data}']),
    budgetSeconds: seconds,
    graceSeconds,
    ...(profile.wallSeconds !== undefined && { wallSeconds: seconds + graceSeconds }),
  }
}

/** A run that ends well has passed, whatever it measured: it is too short for a value. */
async function judge({ folder, trial, exit, tail }: EndedRun): Promise<SmokeResult> {
  if (exit.code === 0 && exit.ended === 'itself')
    return { ok: true, seconds: Object.values(exit.seconds).reduce((a, b) => a + b, 0) }
  const { profile } = trial
  const result = await resultOf(folder, profile, tail)
  const { outcome, message = '' } = outcomeOf({ profile, exit, tail, result, edited: true })
  return { ok: false, outcome, message, tail: tail.slice(-TAIL_CHARACTERS) }
}
