/** Runs an edited program for a few seconds, as a trial would run but without a device or a score. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type ProgramFiles, programHash, type SmokeResult } from '../../domain/program.js'
import { readStatus, startSupervised } from '../engines/local.js'
import { type JobExit, JobFolder } from '../jobs/job-folder.js'
import { outcomeOf } from '../jobs/outcome.js'
import { resultOf } from '../jobs/result-file.js'
import { setUpJob } from '../jobs/set-up-job.js'
import type { ProcessProfile } from '../profiles/process-profile.js'

const POLL_MS = 50
const TAIL_CHARACTERS = 4000
const DEFAULT_SMOKE = { seconds: 1, graceSeconds: 60 }

export async function smokeRun(profile: ProcessProfile, files: ProgramFiles): Promise<SmokeResult> {
  const folder = new JobFolder(await mkdtemp(join(tmpdir(), 'chiron-smoke-')))
  try {
    const short = shortened(profile)
    await setUpJob(folder, smokeTrial(short, files))
    await startSupervised(folder)
    return await judge(folder, short, await waitForEnd(folder))
  } finally {
    await rm(folder.path, { recursive: true, force: true })
  }
}

function shortened(profile: ProcessProfile): ProcessProfile {
  const smoke = profile.smoke ?? DEFAULT_SMOKE
  return {
    ...profile,
    command: profile.smoke?.command ?? profile.command,
    evaluate: undefined,
    scorer: undefined,
    range: undefined,
    budgetSeconds: smoke.seconds,
    graceSeconds: smoke.graceSeconds,
    ...(profile.wallSeconds !== undefined && { wallSeconds: smoke.seconds + smoke.graceSeconds }),
  }
}

function smokeTrial(profile: ProcessProfile, files: ProgramFiles) {
  return {
    study: 'smoke',
    number: 0,
    attempt: 1,
    token: '',
    heartbeatSeconds: 60,
    worker: 'smoke',
    params: {},
    seed: 0,
    profile,
    program: { hash: programHash(files), files },
    setConstants: false,
    devices: [],
  }
}

async function waitForEnd(folder: JobFolder): Promise<JobExit> {
  for (;;) {
    const status = await readStatus(folder)
    if (status.is === 'ended') return status.exit
    if (status.is === 'gone') throw new Error(`A smoke run was lost: ${status.why}`)
    await setTimeout(POLL_MS)
  }
}

/** A run that ends well has passed, whatever it measured: it is too short for a value. */
async function judge(folder: JobFolder, profile: ProcessProfile, exit: JobExit): Promise<SmokeResult> {
  if (exit.code === 0 && exit.ended === 'itself')
    return { ok: true, seconds: Object.values(exit.seconds).reduce((a, b) => a + b, 0) }
  const tail = await folder.tail()
  const result = await resultOf(folder, profile, tail)
  const { outcome, message = '' } = outcomeOf({ profile, exit, tail, result })
  return { ok: false, outcome, message, tail: tail.slice(-TAIL_CHARACTERS) }
}
