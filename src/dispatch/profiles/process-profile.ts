/** A trainer that is a command: how it is started, how parameters go in, how the result comes out, and what it may use. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { z } from 'zod'
import { type SpaceSpec, spaceSchema } from '../../../search-spaces/index.js'
import type { Gpu } from '../devices/gpus.js'

const seconds = z.number().positive().max(1e7)
const file = z
  .string()
  .regex(/^(?!.*\.\.)[^/].*$/, 'must be a path inside the folder')
  .max(500)
const command = z.array(z.string().max(4000)).min(1).max(200)

export const processSchema = z.strictObject({
  kind: z.literal('process'),
  /** A name of the catalogue, or the space itself. */
  space: z.union([z.string(), spaceSchema]),
  /** The trainer's own folder, relative to the profile. */
  folder: z.string().min(1),
  /** What of it is copied for each trial: names, or *.ending. */
  files: z.array(file).min(1),
  /** Started in the trial's folder. {home} {python} {data} {params} {seconds} {memoryGb} {seed} are filled in. */
  command,
  /** Computes the value in a process of its own, after the command ended well; its result file is evaluation.json. */
  evaluate: command.optional(),
  environment: z.record(z.string(), z.string()).default({}),
  params: z
    .discriminatedUnion('by', [
      z.strictObject({ by: z.literal('file') }),
      z.strictObject({ by: z.literal('environment') }),
      z.strictObject({ by: z.literal('arguments') }),
      z.strictObject({ by: z.literal('constants'), file }),
    ])
    .default({ by: 'file' }),
  result: z
    .discriminatedUnion('by', [
      /** `value`: where the value is in a file of another form, as `metrics.loss`. */
      z.strictObject({
        by: z.literal('file'),
        path: file.default('result.json'),
        value: z.string().optional(),
      }),
      /** The last line of the log that begins with the label; the rest of it must be a number. */
      z.strictObject({ by: z.literal('line'), label: z.string().min(1).max(200) }),
    ])
    .default({ by: 'file', path: 'result.json' }),
  /** Removed once the trial is told: checkpoints. */
  discard: z.array(file).default([]),
  budgetSeconds: seconds,
  /** On top of the budget, for starting, compiling and evaluating. */
  graceSeconds: seconds,
  /** From being asked to end to being ended. */
  stopSeconds: seconds.default(10),
  memoryLimitGb: z.number().positive().max(10_000).optional(),
  devices: z.strictObject({
    kind: z.enum(['cuda', 'cpu']),
    perTrial: z.number().int().min(1).max(64).default(1),
  }),
  /** Looked for in the last lines of a failure, before what is looked for in any. */
  failures: z
    .array(
      z.strictObject({
        pattern: z.string().max(500),
        outcome: z.enum(['oom', 'diverged', 'invalid', 'timeout', 'crashed']),
      }),
    )
    .default([]),
  logMegabytes: z.number().min(0.01).max(10_000).default(16),
  engine: z.enum(['local', 'ray']).default('local'),
  /** How often the default configuration is run again beside the study, to see whether the machine has slowed down. */
  canaryHours: z.number().positive().max(10_000).optional(),
  /** What `chiron prepare` does: a Python environment by name, and a command that makes {data}. */
  prepare: z
    .strictObject({
      environment: z.strictObject({ name: file, requirements: file }).optional(),
      command: command.optional(),
    })
    .optional(),
})

export type ProcessProfile = Omit<z.output<typeof processSchema>, 'space'> & {
  readonly name: string
  readonly space: string | SpaceSpec
  /** Where {python}, {home} and {data} are. */
  readonly places: { readonly python: string; readonly home: string; readonly data: string }
}

/** Why this machine cannot run it; undefined where it can. */
export async function whyUnavailable(
  profile: ProcessProfile,
  { gpus, ray }: { readonly gpus: readonly Gpu[]; readonly ray?: string },
): Promise<string | undefined> {
  const { places, files } = profile
  const lacking =
    profile.engine === 'local'
      ? missingRequirements(profile, gpus)
      : ray === undefined
        ? NO_CLUSTER
        : undefined
  if (lacking !== undefined) return lacking
  if (!(await isFolder(places.home))) return `folder: ${places.home} is not there`
  for (const name of files.filter((f) => !f.startsWith('*')))
    if (!(await exists(join(places.home, name)))) return `files: ${join(places.home, name)} is not there`
  for (const words of [profile.command, ...(profile.evaluate ? [profile.evaluate] : [])]) {
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
  { devices, memoryLimitGb }: ProcessProfile,
  gpus: readonly Gpu[],
): string | undefined {
  if (devices.kind === 'cpu') return undefined
  if (gpus.length < devices.perTrial)
    return `devices: a trial takes ${devices.perTrial} GPUs, and nvidia-smi finds ${gpus.length}`
  const smallest = Math.min(...gpus.map((gpu) => gpu.memoryGb))
  if (memoryLimitGb !== undefined && memoryLimitGb > smallest)
    return `memoryLimitGb: ${memoryLimitGb} is more than the ${smallest.toFixed(1)} GB of the card`
  return undefined
}

function remedy({ name, prepare }: ProcessProfile): string {
  return prepare === undefined ? '' : ` (run \`chiron prepare ${name}\`)`
}

/** Puts what only this machine knows in place of {python}, {home} and {data}. */
export function fillPlaceholders(
  text: string,
  { places }: ProcessProfile,
  more: Record<string, string> = {},
): string {
  const known: Record<string, string> = { ...places, ...more }
  return text.replace(/\{(\w+)\}/g, (whole, key: string) => known[key] ?? whole)
}

function uses({ command, evaluate = [], environment }: ProcessProfile, placeholder: string): boolean {
  return [...command, ...evaluate, ...Object.values(environment)].some((word) => word.includes(placeholder))
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
