/** Makes the folder in which a trial runs: a copy of the trainer's files, the parameters, and the commands to run. */
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Params } from '../../../search-spaces/index.js'
import { Fault } from '../../faults.js'
import { fillPlaceholders, type ProcessProfile } from '../profiles/process-profile.js'
import { setConstants } from '../programs/constants.js'
import { verifyLocked } from '../programs/locked-files.js'
import type { JobFolder, TrialRecord } from './job-folder.js'

/** The contents of job.json, which bin/supervise.mjs reads. */
export interface JobFile {
  readonly stages: readonly {
    readonly name: string
    readonly command: readonly string[]
    readonly limitSeconds: number
  }[]
  readonly environment: Readonly<Record<string, string>>
  readonly stopSeconds: number
  readonly logBytes: number
  readonly memoryBytes?: number
}

/** Writes trial.json last: a folder that has it is complete. */
export async function setUpJob(
  folder: JobFolder,
  trial: Omit<TrialRecord, 'configHash'>,
): Promise<TrialRecord> {
  const { profile } = trial
  await verifyLocked(profile)
  await folder.make()
  const files = await writeFiles(folder, trial)
  const params = givenParams(trial)
  await writeFile(join(folder.work, 'params.json'), `${JSON.stringify(params, null, 2)}\n`)
  if (profile.params.by === 'constants' && Object.keys(params).length > 0)
    await setConstants(join(folder.work, profile.params.file), join(folder.work, 'params.json'))
  await folder.write('job.json', jobOf(folder, trial, params))
  const record = { ...trial, configHash: await hashConfig(folder, files, params, profile) }
  await folder.write('trial.json', record)
  return record
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

function jobOf(
  folder: JobFolder,
  { profile, program, seed, devices }: Omit<TrialRecord, 'configHash'>,
  params: Params,
): JobFile {
  const { budgetSeconds, graceSeconds, memoryLimitGb } = profile
  const known = {
    params: join(folder.work, 'params.json'),
    seconds: String(budgetSeconds),
    memoryGb: String(memoryLimitGb ?? ''),
    seed: String(seed),
  }
  const words = (command: readonly string[]) => {
    const [program, ...rest] = command.map((word) => fillPlaceholders(word, profile, known))
    return [
      program!.includes('/') && !program!.startsWith('/') ? join(profile.places.home, program!) : program!,
      ...rest,
    ]
  }
  const given = profile.params.by === 'arguments' ? asArguments(params) : []
  return {
    stages: [
      {
        name: 'train',
        command: [...words((program && profile.editedCommand) ?? profile.command), ...given],
        limitSeconds: budgetSeconds + graceSeconds,
      },
      ...(profile.evaluate
        ? [{ name: 'evaluate', command: words(profile.evaluate), limitSeconds: graceSeconds }]
        : []),
    ],
    environment: {
      ...Object.fromEntries(
        Object.entries(profile.environment).map(([k, v]) => [k, fillPlaceholders(v, profile, known)]),
      ),
      ...(profile.params.by === 'environment' ? asPythonLiteral(params) : {}),
      ...(profile.engine === 'local' ? visibleDevices(profile, devices) : {}),
    },
    stopSeconds: profile.stopSeconds,
    logBytes: profile.logMegabytes * 1e6,
    ...(profile.devices.kind === 'cpu' && memoryLimitGb ? { memoryBytes: memoryLimitGb * 1e9 } : {}),
  }
}

function asArguments(params: Params): string[] {
  return Object.entries(asPythonLiteral(params)).flatMap(([name, value]) => [`--${name}`, value])
}

function asPythonLiteral(params: Params): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]))
}

function visibleDevices(profile: ProcessProfile, devices: readonly string[]): Record<string, string> {
  if (profile.devices.kind === 'cpu') return { CUDA_VISIBLE_DEVICES: '' }
  return { CUDA_VISIBLE_DEVICES: devices.join(','), CUDA_DEVICE_ORDER: 'PCI_BUS_ID' }
}

/** The same for the same files, parameters and commands. */
async function hashConfig(
  folder: JobFolder,
  files: readonly string[],
  params: Params,
  { command, evaluate, environment, budgetSeconds }: ProcessProfile,
): Promise<string> {
  const digest = createHash('sha256')
  for (const name of files) digest.update(`${name}\0`).update(await readFile(join(folder.work, name)))
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1))
  digest.update(JSON.stringify({ sorted, command, evaluate, environment, budgetSeconds }))
  return digest.digest('hex').slice(0, 16)
}
