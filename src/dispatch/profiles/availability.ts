/** Checks whether this machine can run a trainer: its files and programs, its data, and the devices that it needs. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import type { Gpu } from '../devices/gpus.js'
import { whyNoSandbox } from '../sandbox/probe.js'
import { fillPlaceholders, isConfined, type ProcessProfile } from './process-profile.js'

/** Undefined where this machine can run the trainer; otherwise the member of the profile that is wrong, and why. */
export async function whyUnavailable(
  profile: ProcessProfile,
  { gpus, ray }: { readonly gpus: readonly Gpu[]; readonly ray?: string },
): Promise<string | undefined> {
  const { places, files } = profile
  const lacking =
    profile.engine !== 'ray' ? missingRequirements(profile, gpus) : ray === undefined ? NO_CLUSTER : undefined
  if (lacking !== undefined) return lacking
  const unsafe = isConfined({ profile }) ? await whyNoSandbox() : undefined
  if (unsafe !== undefined) return `engine: ${unsafe}; or set "unconfined" in the profile`
  if (!(await isFolder(places.home))) return `folder: ${places.home} is not there`
  for (const name of files.filter((f) => !f.startsWith('*')))
    if (!(await exists(join(places.home, name)))) return `files: ${join(places.home, name)} is not there`
  for (const words of commandsOf(profile)) {
    const why = await notExecutable(fillPlaceholders(words[0]!, profile), places.home)
    if (why !== undefined) return `command: ${why}${remedy(profile)}`
  }
  if (uses(profile, '{data}') && !(await exists(places.data)))
    return `data: ${places.data} is not there${remedy(profile)}`
  for (const { pattern } of profile.failures)
    if (!isPattern(pattern)) return `failures: ${pattern} is no regular expression`
  return undefined
}

const NO_CLUSTER = 'engine: RAY_ADDRESS is not set: where is the dashboard of the cluster? (http://head:8265)'

function missingRequirements(
  { command, devices, memoryLimitGb }: ProcessProfile,
  gpus: readonly Gpu[],
): string | undefined {
  if (devices.torchrun && !command[0]!.includes('python'))
    return `devices.torchrun: the command must begin with an interpreter ({python}), not with ${command[0]}`
  if (devices.kind === 'cpu') return undefined
  if (gpus.length < devices.perTrial)
    return `devices: a trial takes ${devices.perTrial} GPUs, and nvidia-smi finds ${gpus.length}`
  const smallest = Math.min(...gpus.map((gpu) => gpu.memoryGib))
  if (memoryLimitGb !== undefined && memoryLimitGb > smallest)
    return `memoryLimitGb: ${memoryLimitGb} is more than the ${smallest.toFixed(2)} GiB of the card`
  return undefined
}

function remedy({ name, prepare }: ProcessProfile): string {
  return prepare === undefined ? '' : ` (run \`chiron prepare ${name}\`)`
}

function commandsOf({
  command,
  editedCommand,
  evaluate,
  scorer,
  sealed,
}: ProcessProfile): (readonly string[])[] {
  return [command, editedCommand, evaluate, scorer, sealed].filter((words) => words !== undefined)
}

function uses(profile: ProcessProfile, placeholder: string): boolean {
  return [...commandsOf(profile).flat(), ...Object.values(profile.environment)].some((word) =>
    word.includes(placeholder),
  )
}

async function notExecutable(program: string, home: string): Promise<string | undefined> {
  const candidates = program.includes('/')
    ? [isAbsolute(program) ? program : join(home, program)]
    : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program))
  const found = []
  for (const path of candidates) if (await exists(path)) found.push(path)
  if (found.length === 0) return `${program} is not there`
  for (const path of found)
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return undefined
  return `${found[0]} may not be executed (chmod +x)`
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
