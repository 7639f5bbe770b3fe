/** Trainers are declared by the operator, by a file each: a caller names one, and can never send a command. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { spaceNamed } from '../../search-spaces/index.js'
import { Fault } from '../faults.js'
import { fromRoot } from '../root.js'

const profileSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'must be lower-case letters, digits, ".", "_" or "-"'),
  description: z.string().max(2000),
  kind: z.literal('simulated'),
  /** Which configurations it takes. */
  space: z.string(),
  memoryLimitGb: z.number().positive().max(10_000),
  /** How much faster than the real card; `full`: on a clock of its own, that does not wait. */
  speed: z.union([z.literal('full'), z.number().positive().max(1e6)]),
})

export type Profile = z.output<typeof profileSchema>
export type Profiles = ReadonlyMap<string, Profile>

/** The built-in ones, and those in the operator's folder, which may take the place of a built-in one. */
export async function readProfiles(folder: string | undefined): Promise<Profiles> {
  const own = folder === undefined ? [] : await readFolder(folder)
  const all = [...(await readFolder(fromRoot('trainer/profiles'))), ...own]
  return new Map(all.map((profile) => [profile.name, profile]))
}

async function readFolder(folder: string): Promise<Profile[]> {
  const names = await readdir(folder).catch((error) => {
    throw new Fault(
      'invalid_request',
      `CHIRON_TRAINERS ${folder} cannot be read: ${(error as Error).message}`,
    )
  })
  return Promise.all(
    names
      .filter((n) => n.endsWith('.json'))
      .sort()
      .map((name) => readProfile(join(folder, name))),
  )
}

async function readProfile(file: string): Promise<Profile> {
  const text = await readFile(file, 'utf8')
  const refuse = (why: string): never => {
    throw new Fault('invalid_request', `The trainer profile ${file} cannot be used: ${why}`)
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return refuse((error as Error).message)
  }
  const read = profileSchema.safeParse(json)
  if (!read.success)
    return refuse(read.error.issues.map((i) => `${i.path.join('.') || 'it'}: ${i.message}`).join('; '))
  if (spaceNamed(read.data.space) === undefined) refuse(`space: there is none named ${read.data.space}`)
  return read.data
}
