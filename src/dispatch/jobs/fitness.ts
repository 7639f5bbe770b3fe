/** Whether this machine can run a trial of a profile right now: what was there when the server started may be gone. */
import { randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Gpu } from '../devices/gpus.js'
import { whyUnavailable } from '../profiles/availability.js'
import type { ProcessProfile } from '../profiles/process-profile.js'

/** Room for a trial's files and its log. */
const PROBE_BYTES = 2 ** 20

/** Undefined where a trial can run; otherwise what is wrong. Which cards can be used is known in devices/cards.ts. */
export async function whyUnfit(
  profile: ProcessProfile,
  root: string,
  { gpus, ray }: { readonly gpus: readonly Gpu[]; readonly ray?: string },
): Promise<string | undefined> {
  return (await whyUnavailable(profile, { gpus, ray })) ?? whyNotWritable(root)
}

/** Writes as much as a trial needs, since only that finds full disks, quotas and read-only folders alike. */
async function whyNotWritable(root: string): Promise<string | undefined> {
  const probe = join(root, `probe-${randomUUID()}`)
  try {
    await mkdir(root, { recursive: true })
    await writeFile(probe, Buffer.alloc(PROBE_BYTES))
    return undefined
  } catch (error) {
    return `the folder of trials, ${root}, cannot be written: ${(error as Error).message}`
  } finally {
    await rm(probe, { force: true }).catch(() => {})
  }
}
