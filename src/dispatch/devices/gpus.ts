/** The GPUs of this machine, as nvidia-smi reports them. All memory is in GiB, which nvidia-smi and torch count in. */
import { setTimeout } from 'node:timers/promises'
import { queryNvidiaSmi } from './nvidia-smi.js'

export interface Gpu {
  readonly index: string
  readonly uuid: string
  readonly name: string
  readonly driver: string
  readonly memoryGib: number
}

export const MIB_PER_GIB = 1024
/** The driver itself may use this much of a card on which no process runs. */
export const IDLE_GIB = 1.5
const FREE_WITHIN_MS = 30_000

/** Empty where nvidia-smi is missing or finds no card. */
export async function findGpus(): Promise<Gpu[]> {
  const rows = await rowsOf('index,uuid,name,driver_version,memory.total')
  return rows.map(([index, uuid, name, driver, mib]) => ({
    index: index!,
    uuid: uuid!,
    name: name!,
    driver: driver!,
    memoryGib: Number(mib) / MIB_PER_GIB,
  }))
}

/**
 * Waits until the memory of these cards is free, which the driver needs a while for after a kill; false where it is
 * not.
 */
export async function waitUntilFree(indices: readonly string[], within = FREE_WITHIN_MS): Promise<boolean> {
  for (const began = Date.now(); ; await setTimeout(500)) {
    const rows = await rowsOf('index,memory.used')
    const busy = rows.filter(
      ([index, mib]) => indices.includes(index!) && Number(mib) / MIB_PER_GIB > IDLE_GIB,
    )
    if (busy.length === 0) return true
    if (Date.now() - began > within) return false
  }
}

async function rowsOf(fields: string): Promise<readonly (readonly string[])[]> {
  const answer = await queryNvidiaSmi(`--query-gpu=${fields}`)
  return answer.is === 'rows' ? answer.rows : []
}
