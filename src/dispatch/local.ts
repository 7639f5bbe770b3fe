/** Runs trials on this machine, each under a supervisor of its own (bin/supervise.mjs) that outlives us. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { fromRoot } from '../root.js'
import type { Gpu } from './devices.js'
import type { Engine, Standing } from './engine.js'
import type { Exit, Folder } from './folder.js'
import { type Identity, isAlive } from './identity.js'

/** A supervisor that has said nothing for so long was never there. */
const CLAIM_MS = 10_000
const LOOK_MS = 20

export function localEngine(gpus: readonly Gpu[]): Engine {
  return {
    start,
    look,
    stop: async (folder) => {
      const claimed = await folder.read<Identity>('claimed.json')
      if (claimed !== undefined && isAlive(claimed)) process.kill(claimed.pid, 'SIGTERM')
    },
    tail: (folder) => folder.tail(),
    tags: ({ devices }) => tagsOf(gpus.filter((gpu) => devices.includes(gpu.index))),
  }
}

function tagsOf(used: readonly Gpu[]): Record<string, string> {
  if (used.length === 0) return {}
  const all = (key: 'name' | 'uuid' | 'driver') => [...new Set(used.map((gpu) => gpu[key]))].join(', ')
  return { gpu: all('name'), gpuUuid: all('uuid'), driver: all('driver') }
}

/** Of two supervisors for one folder the second finds it claimed, and leaves. */
async function start(folder: Folder): Promise<void> {
  if (folder.has('claimed.json')) return
  const child = spawn(process.execPath, [fromRoot('bin/supervise.mjs'), folder.path], {
    detached: true,
    stdio: 'ignore',
    env: withoutSecrets(process.env),
  })
  await once(child, 'spawn')
  child.unref()
  for (const began = Date.now(); !folder.has('claimed.json'); await setTimeout(LOOK_MS))
    if (Date.now() - began > CLAIM_MS) throw new Error(`The supervisor of ${folder.path} did not begin`)
}

async function look(folder: Folder): Promise<Standing> {
  const before = await folder.read<Exit>('exit.json')
  if (before !== undefined) return { is: 'ended', exit: before }
  const supervisor = await folder.read<Identity>('claimed.json')
  if (supervisor !== undefined && isAlive(supervisor)) return { is: 'running' }
  const exit = await folder.read<Exit>('exit.json') // written between the two looks
  if (exit !== undefined) return { is: 'ended', exit }
  await removeOrphan(folder)
  return { is: 'gone', why: 'its supervisor is no more: it was killed, or the machine was started anew' }
}

/** The supervisor was killed and its trial was not: without limits and without a log it must not go on. */
async function removeOrphan(folder: Folder): Promise<void> {
  const child = await folder.read<Identity>('running.json')
  if (child === undefined || !isAlive(child)) return
  process.kill(-child.pid, 'SIGKILL')
  while (isAlive(child)) await setTimeout(LOOK_MS)
}

/** A trainer has no business with our database, and code that a model wrote even less. */
function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const secret = /^(DATABASE_URL$|CHIRON_|PG)|KEY|TOKEN|SECRET|PASSW|CREDENTIAL/i
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.test(name)))
}
