/** Runs a program as a trial would run it, without a study: for baselines, smoke runs and checks of a task. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Params } from '../../../search-spaces/index.js'
import { type ProgramFiles, programHash } from '../../domain/program.js'
import type { Tell } from '../../domain/tell.js'
import { localEngine, readStatus, startSupervised } from '../engines/local.js'
import { concludeJob } from '../jobs/conclude.js'
import { type JobExit, JobFolder, type TrialRecord } from '../jobs/job-folder.js'
import { setUpJob } from '../jobs/set-up-job.js'
import type { ProcessProfile } from '../profiles/process-profile.js'

export interface ProgramRunOptions {
  readonly seed?: number
  readonly devices?: readonly string[]
  /** The program runs with these constants instead of its own. */
  readonly params?: Params
}

export interface EndedRun {
  readonly folder: JobFolder
  readonly trial: TrialRecord
  readonly exit: JobExit
  readonly tail: string
}

export async function runProgram(
  profile: ProcessProfile,
  files: ProgramFiles,
  options: ProgramRunOptions = {},
): Promise<Tell> {
  return withRun(profile, files, options, async ({ folder, trial, exit }) => {
    const told = await concludeJob(folder, trial, localEngine([]), exit, undefined)
    return told!
  })
}

/** Runs it in a folder that is removed once `read` has what it wants of it. */
export async function withRun<T>(
  profile: ProcessProfile,
  files: ProgramFiles,
  { seed = 0, devices = [], params }: ProgramRunOptions,
  read: (run: EndedRun) => Promise<T>,
): Promise<T> {
  const folder = new JobFolder(await mkdtemp(join(tmpdir(), 'chiron-program-')))
  try {
    const trial = await setUpJob(folder, {
      ...NO_STUDY,
      params: params ?? {},
      seed,
      profile,
      program: { hash: programHash(files), files },
      setConstants: params !== undefined,
      devices,
    })
    await startSupervised(folder)
    const exit = await waitForEnd(folder)
    return await read({ folder, trial, exit, tail: await folder.tail() })
  } finally {
    await rm(folder.path, { recursive: true, force: true })
  }
}

const NO_STUDY = {
  study: 'program',
  number: 0,
  attempt: 1,
  token: '',
  heartbeatSeconds: 60,
  worker: 'program',
}
const POLL_MS = 50

async function waitForEnd(folder: JobFolder): Promise<JobExit> {
  for (;;) {
    const status = await readStatus(folder)
    if (status.is === 'ended') return status.exit
    if (status.is === 'gone') throw new Error(`The run of a program was lost: ${status.why}`)
    await setTimeout(POLL_MS)
  }
}
