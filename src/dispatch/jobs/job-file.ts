/** The contents of job.json: the commands of a trial as bin/supervise.mjs runs them, confined where they must be. */
import { existsSync, statSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Params, Value } from '../../../search-spaces/index.js'
import { Fault } from '../../faults.js'
import { fromRoot } from '../../root.js'
import {
  fillPlaceholders,
  isConfined,
  isScored,
  isSealed,
  type ProcessProfile,
} from '../profiles/process-profile.js'
import { type Confinement, confine, isRoot, SANDBOX_USER } from '../sandbox/bubblewrap.js'
import { runtimeOf } from '../sandbox/runtime-folders.js'
import { systemCallFilter } from '../sandbox/seccomp.js'
import type { JobFolder, TrialRecord } from './job-folder.js'

export interface JobFile {
  readonly stages: readonly JobStage[]
  readonly environment: Readonly<Record<string, string>>
  readonly stopSeconds: number
  readonly logBytes: number
  /** Of address space. */
  readonly memoryBytes?: number
  /** The GPUs that are watched while it runs (bin/watch-cards.mjs). */
  readonly cards?: {
    readonly devices: readonly string[]
    readonly everySeconds: number
    readonly thermal?: ProcessProfile['thermal']
  }
  /** Limits of a confined trial; memory and processes by a control group where the machine allows it. */
  readonly confined?: {
    readonly diskBytes: number
    readonly memoryBytes?: number
    readonly processes: number
    readonly seesGpus: boolean
  }
}

export interface JobStage {
  readonly name: string
  readonly command: readonly string[]
  readonly limitSeconds: number
  /** The limit from the moment when the file `begun` is there. */
  readonly begunSeconds?: number
  /** Its folder, if it is not work/. */
  readonly folder?: string
  readonly environment?: Readonly<Record<string, string>>
}

type Trial = Omit<TrialRecord, 'configHash'>
/** What a command may name beside the places of the machine. */
type Known = Readonly<Record<string, string>>

const MOST_PROCESSES = 4096
const GIB = 2 ** 30
const WATCH_CARDS_SECONDS = 2
/** What torchrun prepares for several processes; the interpreter comes before it. */
const TORCHRUN = ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '{devices}']

export async function jobFileOf(folder: JobFolder, trial: Trial, params: Params): Promise<JobFile> {
  const { profile, devices } = trial
  const { memoryLimitGb, diskMegabytes } = profile
  const known = knownWords(folder, trial)
  const environment = environmentOf(profile, devices, params, known)
  const memoryBytes = memoryLimitGb && memoryLimitGb * GIB
  const confined = isConfined(trial)
  const stages = confined
    ? await confinedStages(folder, trial, params, known, environment)
    : plainStages(folder, trial, params, known)
  return {
    stages,
    environment,
    stopSeconds: profile.stopSeconds,
    logBytes: profile.logMegabytes * 1e6,
    ...(profile.devices.kind === 'cuda' && profile.engine !== 'ray' && devices.length > 0
      ? { cards: watchedCards(profile, devices) }
      : {}),
    ...(profile.devices.kind === 'cpu' && memoryBytes && !confined ? { memoryBytes } : {}),
    ...(confined && {
      confined: {
        diskBytes: diskMegabytes * 1e6,
        processes: MOST_PROCESSES,
        seesGpus: profile.devices.kind === 'cuda',
        ...(memoryBytes && { memoryBytes }),
      },
    }),
  }
}

function watchedCards({ thermal }: ProcessProfile, devices: readonly string[]): JobFile['cards'] {
  return { devices, everySeconds: WATCH_CARDS_SECONDS, ...(thermal && { thermal }) }
}

function knownWords(folder: JobFolder, { profile, seed }: Trial): Known {
  return {
    params: join(folder.work, 'params.json'),
    seconds: String(profile.budgetSeconds),
    memoryGb: String(profile.memoryLimitGb ?? ''),
    seed: String(seed),
    devices: String(profile.devices.perTrial),
    launch: fromRoot('trainer/tasks/launch.py'),
    work: folder.work,
  }
}

/** Only a launcher says when the time of an edited program begins; without one it is the start. */
function trainStage(trial: Trial, command: readonly string[]): JobStage {
  const { budgetSeconds, graceSeconds, wallSeconds } = trial.profile
  const stage = { name: 'train', command, limitSeconds: budgetSeconds + graceSeconds }
  if (trial.program === undefined || wallSeconds === undefined) return stage
  if (trainCommand(trial).includes('{launch}')) return { ...stage, begunSeconds: wallSeconds }
  return { ...stage, limitSeconds: Math.min(stage.limitSeconds, wallSeconds) }
}

/** By torchrun the interpreter starts torchrun, which starts the rest of the command in each process. */
function trainCommand({ profile, program }: Trial): readonly string[] {
  const command = (program && profile.editedCommand) ?? profile.command
  return profile.devices.torchrun ? [command[0]!, ...TORCHRUN, ...command.slice(1)] : command
}

function plainStages(folder: JobFolder, trial: Trial, params: Params, known: Known): JobStage[] {
  const { profile } = trial
  const words = fill(profile, trainCommand(trial), known)
  const stages = [trainStage(trial, [...words, ...argumentsOf(profile, params)])]
  if (isScored(trial)) return [...stages, ...scoreStages(folder, trial, known, [])]
  if (profile.evaluate === undefined) return stages
  const command = fill(profile, profile.evaluate, known)
  return [...stages, { name: 'evaluate', command, limitSeconds: profile.graceSeconds }]
}

async function confinedStages(
  folder: JobFolder,
  trial: Trial,
  params: Params,
  known: Known,
  environment: Readonly<Record<string, string>>,
): Promise<JobStage[]> {
  const { profile } = trial
  const filter = await writeFilter(folder)
  const base = {
    environment,
    seesGpus: profile.devices.kind === 'cuda',
    diskBytes: profile.diskMegabytes * 1e6,
    ...(filter !== undefined && { filter }),
  }
  const site = { ...base, folder: folder.work, writesFolder: true }
  const train = await confinedCommand(profile, trainCommand(trial), known, site)
  const stages = [trainStage(trial, [...train, ...argumentsOf(profile, params)])]
  if (isScored(trial)) {
    const prefix = await judgedPrefix(folder, profile, base)
    return [...stages, ...scoreStages(folder, trial, known, prefix)]
  }
  if (profile.evaluate === undefined) return stages
  const command = await confinedCommand(profile, profile.evaluate, known, site)
  return [...stages, { name: 'evaluate', command, limitSeconds: profile.graceSeconds }]
}

/**
 * The scorer is trusted: it runs outside the sandbox, in a folder of its own. By CHIRON_CONFINE, the words before a command
 * that confine it, it runs the edited model.
 */
function scoreStages(
  folder: JobFolder,
  trial: Trial,
  known: Known,
  prefix: readonly string[],
): readonly JobStage[] {
  const { profile } = trial
  const stage = (name: string, command: readonly string[], out: string): JobStage => ({
    name,
    command: fill(profile, command, { ...known, out }),
    limitSeconds: profile.graceSeconds,
    folder: folder.scoring,
    environment: {
      CHIRON_CONFINE: JSON.stringify(prefix),
      CHIRON_JUDGED: folder.judged,
      CHIRON_WORK: folder.work,
      PYTHONPATH: fromRoot('trainer/tasks'),
      PYTHONDONTWRITEBYTECODE: '1',
    },
  })
  const score = stage('score', profile.scorer!, folder.score)
  return isSealed(trial) ? [score, stage('sealed', profile.sealed!, folder.sealedScore)] : [score]
}

async function judgedPrefix(
  folder: JobFolder,
  profile: ProcessProfile,
  base: Pick<Confinement, 'environment' | 'seesGpus' | 'diskBytes' | 'filter'>,
): Promise<string[]> {
  const { folders } = await runtimeOf(profile.places.python)
  const readable = [...folders, fromRoot('trainer/tasks/model_process.py')]
  return confine({ ...base, folder: folder.judged, writesFolder: false, readable })
}

async function confinedCommand(
  profile: ProcessProfile,
  command: readonly string[],
  known: Known,
  site: Omit<Confinement, 'readable'>,
): Promise<string[]> {
  const [program, ...rest] = fill(profile, command, known)
  const runtime = await runtimeOf(program!)
  const named = command
    .filter((word) => /^\{(home|launch)\}/.test(word))
    .map((word) => fillPlaceholders(word, profile, known))
  const given = readableOf(profile).map((path) => fillPlaceholders(path, profile, known))
  const readable = [...new Set([...runtime.folders, ...given, ...named])].filter((path) => existsSync(path))
  refuseUnreadable(profile, given)
  return [...confine({ ...site, readable }), runtime.program, ...rest]
}

/** Where the service is root, its programs are another user's, who must be allowed to read what they are given. */
function refuseUnreadable({ name }: ProcessProfile, given: readonly string[]): void {
  if (!isRoot()) return
  for (const path of given) {
    const found = statSync(path, { throwIfNoEntry: false })
    const needed = found?.isDirectory() ? 0o005 : 0o004
    if (found !== undefined && (found.mode & needed) !== needed && found.uid !== SANDBOX_USER)
      throw new Fault(
        'invalid_request',
        `${path}, which ${name} may read, is closed to other users, and a confined trial is user ${SANDBOX_USER}: chmod -R o+rX it`,
      )
  }
}

function readableOf({ readable, scorer }: ProcessProfile): readonly string[] {
  return readable ?? (scorer ? [] : ['{data}'])
}

async function writeFilter(folder: JobFolder): Promise<string | undefined> {
  const filter = systemCallFilter()
  if (filter === undefined) return undefined
  await mkdir(folder.path, { recursive: true })
  await writeFile(folder.atPath('calls.bpf'), filter)
  return folder.atPath('calls.bpf')
}

function fill(profile: ProcessProfile, command: readonly string[], known: Known): string[] {
  const [program, ...rest] = command.map((word) => fillPlaceholders(word, profile, known))
  const isInHome = program!.includes('/') && !program!.startsWith('/')
  return [isInHome ? join(profile.places.home, program!) : program!, ...rest]
}

function environmentOf(
  profile: ProcessProfile,
  devices: readonly string[],
  params: Params,
  known: Known,
): Record<string, string> {
  const given = Object.entries(profile.environment).map(([k, v]) => [k, fillPlaceholders(v, profile, known)])
  return {
    ...Object.fromEntries(given),
    ...(profile.params.by === 'environment' ? asPythonLiterals(params) : {}),
    ...(profile.engine === 'ray' ? {} : visibleDevices(profile, devices)),
  }
}

function argumentsOf({ params: { by } }: ProcessProfile, params: Params): string[] {
  if (by === 'overrides') return Object.entries(params).map(([name, value]) => `${name}=${hydraValue(value)}`)
  if (by !== 'arguments') return []
  return Object.entries(asPythonLiterals(params)).flatMap(([name, value]) => [`--${name}`, value])
}

/**
 * A text is quoted, since Hydra's grammar gives commas, brackets and colons a meaning. A backslash stands for itself unless a
 * quote follows.
 */
function hydraValue(value: Value): string {
  if (typeof value !== 'string') return String(value)
  return `'${value.split("'").map(doubleLastBackslashes).join("\\'")}'`
}

function doubleLastBackslashes(text: string): string {
  let count = 0
  while (text.at(-1 - count) === '\\') count++
  return text + '\\'.repeat(count)
}

function asPythonLiterals(params: Params): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]))
}

function visibleDevices(profile: ProcessProfile, devices: readonly string[]): Record<string, string> {
  if (profile.devices.kind === 'cpu') return { CUDA_VISIBLE_DEVICES: '' }
  return { CUDA_VISIBLE_DEVICES: devices.join(','), CUDA_DEVICE_ORDER: 'PCI_BUS_ID' }
}
