/** Makes the folder in which a trial runs: a copy of the trainer's files, the parameters, and the commands to run. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Params } from '../../../search-spaces/index.js'
import { fromRoot } from '../../root.js'
import { fillPlaceholders, type ProcessProfile } from '../profiles/process-profile.js'
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
  const { profile, params } = trial
  await folder.make()
  const files = await filesOf(profile)
  await Promise.all(files.map((name) => copy(join(profile.places.home, name), join(folder.work, name))))
  await writeFile(join(folder.work, 'params.json'), `${JSON.stringify(params, null, 2)}\n`)
  if (profile.params.by === 'constants') await setConstants(join(folder.work, profile.params.file), folder)
  const job = jobOf(folder, trial)
  await folder.write('job.json', job)
  const record = { ...trial, configHash: await hashConfig(folder, files, params, profile) }
  await folder.write('trial.json', record)
  return record
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

async function setConstants(script: string, folder: JobFolder): Promise<void> {
  const words = [fromRoot('trainer/constants.py'), 'set', script, join(folder.work, 'params.json')]
  await promisify(execFile)('python3', words)
}

function jobOf(
  folder: JobFolder,
  { profile, params, seed, devices }: Omit<TrialRecord, 'configHash'>,
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
        command: [...words(profile.command), ...given],
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
