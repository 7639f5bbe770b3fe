/** The program that a task begins with: its editable files as its folder has them. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Program, programHash } from '../../domain/program.js'
import { Fault } from '../../faults.js'
import type { ProcessProfile } from '../profiles/process-profile.js'
import { searchSpaceOf } from '../profiles/search-space.js'
import { setConstantsIn } from './constants.js'

export async function baselineOf(profile: ProcessProfile): Promise<Program> {
  const { name, editable, places } = profile
  if (editable.length === 0)
    throw new Fault('invalid_request', `${name} is no task: its profile names no "editable" files`)
  const texts = await Promise.all(editable.map((path) => readEditable(join(places.home, path))))
  const files: Record<string, string> = Object.fromEntries(editable.map((path, i) => [path, texts[i]!]))
  if (profile.defaultsIn !== undefined)
    files[profile.defaultsIn] = await withDefaults(profile, files[profile.defaultsIn]!)
  return { hash: programHash(files), files }
}

/** What the profile tells an agent of the task; empty where it tells nothing. */
export async function promptOf({ prompt, places, name }: ProcessProfile): Promise<string> {
  if (prompt === undefined || typeof prompt === 'string') return prompt ?? ''
  return readFile(join(places.home, prompt.file), 'utf8').catch((error: Error) => {
    throw new Fault('invalid_request', `The prompt of ${name} cannot be read: ${error.message}`)
  })
}

/** Memoised by the text, since Python takes a tenth of a second to start. */
const known = new Map<string, Promise<string>>()

function withDefaults(profile: ProcessProfile, text: string): Promise<string> {
  const key = `${profile.name}\0${text}`
  const made = known.get(key) ?? setConstantsIn(text, searchSpaceOf(profile).defaults)
  known.set(key, made)
  return made
}

async function readEditable(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: Error) => {
    throw new Fault('invalid_request', `An editable file of the task cannot be read: ${error.message}`)
  })
}
