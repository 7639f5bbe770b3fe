/** Runs trials on this machine, each under a supervisor process (bin/supervise.mjs) that outlives this one. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { fromRoot } from '../../root.js'
import type { Gpu } from '../devices/gpus.js'
import type { JobExit, JobFolder } from '../jobs/job-folder.js'
import type { JobEngine, JobStatus } from './engine.js'
import { isAlive, type ProcessIdentity } from './process-identity.js'

/** A supervisor that has not claimed its folder by then has not started. */
const CLAIM_MS = 10_000
const POLL_MS = 20

export function localEngine(gpus: readonly Gpu[]): JobEngine {
  return {
    start: startSupervised,
    status: readStatus,
    stop: async (folder) => {
      const claimed = await folder.read<ProcessIdentity>('claimed.json')
      if (claimed !== undefined && isAlive(claimed)) process.kill(claimed.pid, 'SIGTERM')
    },
    tail: (folder) => folder.tail(),
    tags: ({ devices }) => gpuTags(gpus.filter((gpu) => devices.includes(gpu.index))),
  }
}

function gpuTags(used: readonly Gpu[]): Record<string, string> {
  if (used.length === 0) return {}
  const all = (key: 'name' | 'uuid' | 'driver') => [...new Set(used.map((gpu) => gpu[key]))].join(', ')
  return { gpu: all('name'), gpuUuid: all('uuid'), driver: all('driver') }
}

/** Where two supervisors are started for one folder, the second finds the folder claimed and exits. */
export async function startSupervised(folder: JobFolder): Promise<void> {
  if (folder.has('claimed.json')) return
  const child = spawn(process.execPath, [fromRoot('bin/supervise.mjs'), folder.path], {
    detached: true,
    stdio: 'ignore',
    env: withoutSecrets(process.env),
  })
  await once(child, 'spawn')
  child.unref()
  for (const began = Date.now(); !folder.has('claimed.json'); await setTimeout(POLL_MS))
    if (Date.now() - began > CLAIM_MS)
      throw new Error(
        `The supervisor of ${folder.path} did not start: is the disk full, or the machine out of memory?`,
      )
}

export async function readStatus(folder: JobFolder): Promise<JobStatus> {
  const before = await folder.read<JobExit>('exit.json')
  if (before !== undefined) return { is: 'ended', exit: before }
  const supervisor = await folder.read<ProcessIdentity>('claimed.json')
  if (supervisor !== undefined && isAlive(supervisor)) return { is: 'running' }
  const exit = await folder.read<JobExit>('exit.json') // it may have been written since the first reading
  if (exit !== undefined) return { is: 'ended', exit }
  await removeOrphan(folder)
  return { is: 'gone', why: 'its supervisor was killed, or the machine was restarted' }
}

/** Ends a trial whose supervisor was killed: it would run without limits and without a log. */
async function removeOrphan(folder: JobFolder): Promise<void> {
  const child = await folder.read<ProcessIdentity>('running.json')
  if (child === undefined || !isAlive(child)) return
  process.kill(-child.pid, 'SIGKILL')
  while (isAlive(child)) await setTimeout(POLL_MS)
}

/** Trainers may run code that a language model wrote, so they get neither keys nor the address of the database. */
function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const secret = /^(DATABASE_URL$|CHIRON_|PG)|KEY|TOKEN|SECRET|PASSW|CREDENTIAL/i
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.test(name)))
}
