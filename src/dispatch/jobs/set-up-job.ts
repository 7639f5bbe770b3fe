/** Makes the folder in which a trial runs: a copy of the trainer's files, the parameters, and the commands to run. */
import { createHash } from 'node:crypto'
import { chmod, copyFile, cp, lchown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Params } from '../../../search-spaces/index.js'
import { Fault } from '../../faults.js'
import { isConfined, isScored, type ProcessProfile } from '../profiles/process-profile.js'
import { setConstants } from '../programs/constants.js'
import { verifyLocked } from '../programs/locked-files.js'
import { isRoot, SANDBOX_USER } from '../sandbox/bubblewrap.js'
import { whyNoSandbox } from '../sandbox/probe.js'
import { jobFileOf } from './job-file.js'
import type { JobFolder, TrialRecord } from './job-folder.js'

/** Writes trial.json last: a folder that has it is complete. */
export async function setUpJob(
  folder: JobFolder,
  trial: Omit<TrialRecord, 'configHash'>,
): Promise<TrialRecord> {
  const { profile } = trial
  await refuseWithoutSandbox(trial)
  await verifyLocked(profile)
  await folder.make()
  const files = await writeFiles(folder, trial)
  const params = givenParams(trial)
  await writeFile(join(folder.work, 'params.json'), `${JSON.stringify(params, null, 2)}\n`)
  if (profile.params.by === 'constants' && Object.keys(params).length > 0)
    await setConstants(join(folder.work, profile.params.file), join(folder.work, 'params.json'))
  await folder.write('job.json', await jobFileOf(folder, trial, params))
  if (isScored(trial)) await setUpScoring(folder)
  if (isConfined(trial)) await giveToSandbox(folder.work)
  const record = { ...trial, configHash: await hashConfig(folder, files, params, profile) }
  await folder.write('trial.json', record)
  return record
}

/** An edited program is never run by the rights of the service unless the operator says so. */
async function refuseWithoutSandbox(trial: Omit<TrialRecord, 'configHash'>): Promise<void> {
  const { profile, program } = trial
  if (program && profile.engine === 'ray' && !profile.unconfined)
    throw new Fault(
      'invalid_request',
      `${profile.name} runs on Ray, where an edited program is not confined: set "unconfined" in its profile to allow that`,
    )
  const why = isConfined(trial) ? await whyNoSandbox() : undefined
  if (why !== undefined)
    throw new Fault(
      'invalid_request',
      `${profile.name} cannot be confined: ${why}; or set "unconfined" in its profile to run it with the rights of the service`,
    )
}

/** The scorer judges the files as they were before the program ran. */
async function setUpScoring(folder: JobFolder): Promise<void> {
  await mkdir(folder.scoring, { mode: 0o700 })
  await cp(folder.work, folder.judged, { recursive: true })
  await chmod(folder.judged, 0o755)
}

async function giveToSandbox(work: string): Promise<void> {
  if (!isRoot()) return
  const entries = await readdir(work, { recursive: true, withFileTypes: true })
  for (const path of [work, ...entries.map((entry) => join(entry.parentPath, entry.name))])
    await lchown(path, SANDBOX_USER, SANDBOX_USER)
}

/** A program runs with its own constants unless the trial's are an optimizer's. */
function givenParams({ params, program, setConstants }: Omit<TrialRecord, 'configHash'>): Params {
  return program === undefined || setConstants ? params : {}
}

/** Copies the trainer's files, but those of the program. Returns the names of all. */
async function writeFiles(
  folder: JobFolder,
  { profile, program }: Omit<TrialRecord, 'configHash'>,
): Promise<string[]> {
  const edited = program?.files ?? {}
  for (const name of Object.keys(edited))
    if (!profile.editable.includes(name))
      throw new Fault(
        'invalid_request',
        `The program has a file ${name}, which ${profile.name} does not let edit`,
      )
  const copied = (await filesOf(profile)).filter((name) => !Object.hasOwn(edited, name))
  await Promise.all(copied.map((name) => copy(join(profile.places.home, name), join(folder.work, name))))
  for (const [name, text] of Object.entries(edited)) {
    await mkdir(dirname(join(folder.work, name)), { recursive: true })
    await writeFile(join(folder.work, name), text)
  }
  return [...copied, ...Object.keys(edited)].sort()
}

async function filesOf({ files, places }: ProcessProfile): Promise<string[]> {
  const names = await readdir(places.home)
  return files
    .flatMap((file) => (file.startsWith('*') ? names.filter((name) => name.endsWith(file.slice(1))) : [file]))
    .sort()
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await copyFile(from, to)
}

/** The same for the same files, parameters and commands. */
async function hashConfig(
  folder: JobFolder,
  files: readonly string[],
  params: Params,
  { command, editedCommand, evaluate, scorer, environment, budgetSeconds }: ProcessProfile,
): Promise<string> {
  const digest = createHash('sha256')
  for (const name of files) digest.update(`${name}\0`).update(await readFile(join(folder.work, name)))
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1))
  digest.update(
    JSON.stringify({ sorted, command, editedCommand, evaluate, scorer, environment, budgetSeconds }),
  )
  return digest.digest('hex').slice(0, 16)
}
