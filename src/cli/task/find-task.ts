/** Finds the profile of a task by its name, or in a folder of the user's own. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { readConfig } from '../../config.js'
import { findGpus } from '../../dispatch/devices/gpus.js'
import type { ProcessProfile } from '../../dispatch/profiles/process-profile.js'
import { findTrainers } from '../../dispatch/profiles/profiles.js'
import { Fault } from '../../faults.js'

export interface FoundTask {
  readonly profile: ProcessProfile
  /** Why it cannot run on this machine. */
  readonly unavailable?: string
  /** Those of one trial. */
  readonly devices: readonly string[]
}

export async function findTask(given: string, env: NodeJS.ProcessEnv): Promise<FoundTask> {
  const config = readConfig(env)
  const gpus = await findGpus()
  const isFolder = /[./]/.test(given) && existsSync(given)
  const found = await findTrainers({ ...config, gpus, ...(isFolder && { trainers: resolve(given) }) })
  const candidates = found.filter(({ own, trainer }) => (isFolder ? own : trainer.profile.name === given))
  const { trainer } = candidates.at(-1) ?? {}
  if (trainer?.profile.kind !== 'process' || (isFolder && candidates.length > 1))
    throw new Fault('invalid_request', isFolder ? notOneProfile(given) : noSuchTask(given, found))
  const { profile, unavailable } = trainer
  const devices =
    profile.devices.kind === 'cpu' ? [] : gpus.slice(0, profile.devices.perTrial).map(({ index }) => index)
  return { profile, devices, ...(unavailable !== undefined && { unavailable }) }
}

function notOneProfile(folder: string): string {
  return `${folder} must hold one profile of a trainer that is a process: a file such as task.json`
}

function noSuchTask(name: string, found: Awaited<ReturnType<typeof findTrainers>>): string {
  const tasks = found.flatMap(({ trainer: { profile } }) =>
    profile.kind === 'process' && profile.editable.length > 0 ? [profile.name] : [],
  )
  return `There is no task ${name}: name one of ${tasks.join(', ')}, or a folder with a profile`
}
