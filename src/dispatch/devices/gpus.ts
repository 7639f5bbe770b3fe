/** The GPUs of this machine, as nvidia-smi reports them. */
import { execFile } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'

export interface Gpu {
  readonly index: string
  readonly uuid: string
  readonly name: string
  readonly driver: string
  readonly memoryGb: number
}

const QUERY_MS = 20_000
/** The driver itself may use this much of a card on which no process runs. */
const IDLE_GB = 1.5
const FREE_WITHIN_MS = 30_000

/** Empty where nvidia-smi is missing or finds no card. */
export async function findGpus(): Promise<Gpu[]> {
  const rows = await queryNvidiaSmi('index,uuid,name,driver_version,memory.total')
  return rows.map(([index, uuid, name, driver, mib]) => ({
    index: index!,
    uuid: uuid!,
    name: name!,
    driver: driver!,
    memoryGb: (Number(mib) * 2 ** 20) / 1e9,
  }))
}

/**
 * Waits until the memory of these cards is free, which the driver needs a while for after a kill; false where it is
 * not.
 */
export async function waitUntilFree(indices: readonly string[]): Promise<boolean> {
  for (const began = Date.now(); ; await setTimeout(500)) {
    const rows = await queryNvidiaSmi('index,memory.used')
    const busy = rows.filter(
      ([index, mib]) => indices.includes(index!) && (Number(mib) * 2 ** 20) / 1e9 > IDLE_GB,
    )
    if (busy.length === 0) return true
    if (Date.now() - began > FREE_WITHIN_MS) return false
  }
}

async function queryNvidiaSmi(fields: string): Promise<string[][]> {
  const words = [`--query-gpu=${fields}`, '--format=csv,noheader,nounits']
  const { stdout } = await promisify(execFile)('nvidia-smi', words, { timeout: QUERY_MS }).catch(() => ({
    stdout: '',
  }))
  return stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((cell) => cell.trim()))
}
