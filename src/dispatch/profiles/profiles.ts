/**
 * Reads the profiles of trainers. The operator declares each in a file; a caller can only name one, never send a
 * command.
 */
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import {
  readSpace,
  type Space,
  SpaceError,
  type SpaceSpec,
  spaceNamed,
} from '../../../search-spaces/index.js'
import { Fault } from '../../faults.js'
import { fromRoot } from '../../root.js'
import type { Gpu } from '../devices/gpus.js'
import { whyUnavailable } from './availability.js'
import { type ProcessProfile, processSchema } from './process-profile.js'
import { interpreterOf } from './python-environment.js'

const named = {
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'must be lower-case letters, digits, ".", "_" or "-"'),
  description: z.string().max(2000),
}

const simulatedSchema = z.strictObject({
  ...named,
  kind: z.literal('simulated'),
  /** The space whose configurations it takes, by its name in the catalogue. */
  space: z.string(),
  memoryLimitGb: z.number().positive().max(10_000),
  /** How much faster than the real card it is; `full` means a simulated clock that never waits. */
  speed: z.union([z.literal('full'), z.number().positive().max(1e6)]),
})

const profileSchema = z.discriminatedUnion('kind', [simulatedSchema, processSchema.extend(named)])

export type SimulatedProfile = z.output<typeof simulatedSchema>

export interface Trainer {
  readonly profile: SimulatedProfile | (ProcessProfile & { readonly description: string })
  readonly takes: Space
  /** Why it cannot run on this machine. */
  readonly unavailable?: string
}
export type Trainers = ReadonlyMap<string, Trainer>

/**
 * What reading depends on: the operator's folder of profiles, the values of {python} and {data}, and the hardware.
 */
export interface ProfileSources {
  readonly trainers?: string
  readonly python?: string
  readonly dataDir: string
  readonly gpus: readonly Gpu[]
  readonly ray?: string
}

/** The built-in trainers and the operator's, which replace built-in ones of the same name and must be able to run. */
export async function readTrainers(sources: ProfileSources): Promise<Trainers> {
  const all = await findTrainers(sources)
  for (const { trainer, file, own } of all)
    if (own && trainer.unavailable !== undefined) throw asUnavailable(file, trainer.unavailable)
  return new Map(all.map(({ trainer }) => [trainer.profile.name, trainer]))
}

/** Like readTrainers, but includes the operator's trainers that cannot run yet. */
export async function findTrainers(sources: ProfileSources): Promise<FoundTrainer[]> {
  const builtIn = await readFolder(fromRoot('trainer/profiles'), sources, false)
  const own = sources.trainers === undefined ? [] : await readFolder(sources.trainers, sources, true)
  return [...builtIn, ...own]
}

/** What a caller may see of a trainer, which leaves out what it executes. */
export function viewTrainer({ profile, unavailable }: Trainer) {
  const { name, description, kind, space, memoryLimitGb } = profile
  return {
    name,
    description,
    kind,
    space: typeof space === 'string' ? space : name,
    ...(typeof space === 'string' ? {} : { spec: space }),
    ...(memoryLimitGb === undefined ? {} : { memoryLimitGb }),
    ...(profile.kind === 'simulated' ? { speed: profile.speed } : {}),
    ...(unavailable === undefined ? {} : { unavailable }),
  }
}

export interface FoundTrainer {
  readonly trainer: Trainer
  readonly file: string
  /** From the operator's folder. */
  readonly own: boolean
}

async function readFolder(folder: string, sources: ProfileSources, own: boolean): Promise<FoundTrainer[]> {
  const names = await readdir(folder).catch((error) => {
    throw new Fault(
      'invalid_request',
      `The folder of trainer profiles ${folder} (CHIRON_TRAINERS) cannot be read: ${(error as Error).message}`,
    )
  })
  const files = names.filter((n) => n.endsWith('.json')).sort()
  return Promise.all(
    files.map(async (name) => {
      const file = join(folder, name)
      return { trainer: await readProfile(file, sources), file, own }
    }),
  )
}

async function readProfile(file: string, sources: ProfileSources): Promise<Trainer> {
  const read = profileSchema.safeParse(await readJson(file))
  if (!read.success)
    throw asUnavailable(
      file,
      read.error.issues.map((i) => `${i.path.join('.') || 'it'}: ${i.message}`).join('; '),
    )
  const takes = spaceOf(file, read.data.space)
  if (read.data.kind === 'simulated') return { profile: read.data, takes }
  const profile = withPaths(read.data, file, sources)
  const unavailable = await whyUnavailable(profile, sources)
  return { profile, takes, ...(unavailable === undefined ? {} : { unavailable }) }
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error) => {
    throw asUnavailable(file, (error as Error).message)
  })
  try {
    return JSON.parse(text)
  } catch (error) {
    throw asUnavailable(file, (error as Error).message)
  }
}

function withPaths(
  data: z.output<typeof processSchema> & { name: string; description: string },
  file: string,
  sources: ProfileSources,
): ProcessProfile & { description: string } {
  const made = data.prepare?.environment
  const python = sources.python ?? (made === undefined ? 'python3' : interpreterOf(made.name))
  const home = resolve(dirname(file), data.folder)
  return { ...data, places: { python, home, data: resolve(sources.dataDir, 'trainers', data.name) } }
}

function spaceOf(file: string, space: string | SpaceSpec): Space {
  try {
    const found = typeof space === 'string' ? spaceNamed(space) : readSpace(space)
    if (found !== undefined) return found
  } catch (error) {
    if (error instanceof SpaceError) throw asUnavailable(file, `space: ${error.message}`)
    throw error
  }
  throw asUnavailable(
    file,
    `space: there is none named ${space as string}: name one of GET /spaces, or give the space itself`,
  )
}

function asUnavailable(file: string, why: string): Fault {
  return new Fault('invalid_request', `The trainer profile ${file} cannot be used: ${why}`)
}
