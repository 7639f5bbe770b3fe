/** Runs one edit of the task, and says what came of it. */

import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { localEngine } from '../../src/dispatch/engines/local.js'
import { concludeJob } from '../../src/dispatch/jobs/conclude.js'
import { withRun } from '../../src/dispatch/programs/run-program.js'
import type { Cheat, Ended, Surroundings } from './cheats.js'
import { makeTrustTask } from './trust-task.js'

export const KEY = 'TRUST_BENCH_KEY'
/** A smaller gain is none. */
const GAIN = 0.001

export interface Trial {
  readonly outcome: string
  readonly value: number | null
  /** Complete, and better than the baseline. */
  readonly credited: boolean
  readonly message: string
  readonly tail: string
  readonly seconds: number
  readonly reachedAim: boolean
}

export interface Mode {
  readonly python: string
  readonly unconfined: boolean
  readonly baseline: number
}

export async function tryEdit({ edit, aim }: Pick<Cheat, 'edit' | 'aim'>, mode: Mode): Promise<Trial> {
  const surroundings = await surround(mode)
  try {
    const began = performance.now()
    const ended = await run(surroundings, edit(surroundings), mode.unconfined)
    const seconds = (performance.now() - began) / 1000
    const { outcome, value, message = '' } = ended.told
    const credited = outcome === 'complete' && typeof value === 'number' && value < mode.baseline - GAIN
    const reachedAim = credited || ((await aim?.(ended, surroundings)) ?? false)
    const number = typeof value === 'number' ? value : null
    return { outcome, value: number, credited, message, tail: ended.tail, seconds, reachedAim }
  } finally {
    await surroundings.close()
  }
}

async function run(
  { profile }: Surroundings,
  files: Surroundings['baseline'],
  unconfined: boolean,
): Promise<Ended> {
  try {
    return await withRun(
      { ...profile, unconfined },
      files,
      { seed: 1 },
      async ({ folder, trial, exit, tail }) => ({
        told: (await concludeJob(folder, trial, localEngine([]), exit, undefined))!,
        tail,
      }),
    )
  } catch (error) {
    return { told: { outcome: 'crashed', message: (error as Error).message }, tail: '' }
  }
}

async function surround({ python }: Mode): Promise<Surroundings & { close(): Promise<void> }> {
  const task = await makeTrustTask(python)
  const otherTrial = join(task.folder, 'trials', 'other', '1-1', 'trial.json')
  await mkdir(join(otherTrial, '..'), { recursive: true })
  await writeFile(otherTrial, '{"token": "of another trial"}')
  const server = createServer((socket) => socket.on('error', () => {}).end('SECRET')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.close()
    await task.remove()
  }
  return { ...task, otherTrial, port: (server.address() as AddressInfo).port, close }
}
