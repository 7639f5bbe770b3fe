/** Identifies a process by pid, start time and boot, since the system reuses the pid of a process that has ended. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'

export const identitySchema = z.object({
  pid: z.number().int().positive(),
  /** Its start, in ticks since the boot. Absent where there is no /proc. */
  started: z.string().optional(),
  boot: z.string().optional(),
})
export type ProcessIdentity = z.output<typeof identitySchema>

export function isAlive({ pid, started, boot }: ProcessIdentity): boolean {
  if (boot !== bootId() || !signalReaches(pid)) return false
  const [state, now] = processStat(pid)
  return started === now && state !== 'Z'
}

function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Its state and its start. Fields are counted behind the program's name, which may contain spaces and brackets. */
function processStat(pid: number): [state: string | undefined, started: string | undefined] {
  const fields = (readFirstLine(`/proc/${pid}/stat`) ?? '').split(') ').at(-1)!.split(' ')
  return [fields[0], fields[19]]
}

function bootId(): string | undefined {
  return readFirstLine('/proc/sys/kernel/random/boot_id')?.trim()
}

function readFirstLine(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
