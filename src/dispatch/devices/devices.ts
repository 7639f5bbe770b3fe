/** What trials run on: GPUs, as nvidia-smi finds them, or slots of the processor. Each is one trial's at a time. */
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
/** What a card without a process on it may show as used: the driver's own. */
const IDLE_GB = 1.5
const FREE_WITHIN_MS = 30_000

/** None where there is no nvidia-smi, or it finds none. */
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

/** Is the memory of these cards free again? Waits a while, for the driver clears up after a process that was killed. */
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

/** Free devices of one kind, and who waits for them, first come first served. */
export class DevicePool {
  private readonly waiting: { readonly count: number; readonly give: (devices: string[]) => void }[] = []
  private readonly free: Set<string>

  constructor(readonly all: readonly string[]) {
    this.free = new Set(all)
  }

  /** Resolves to nothing where the service stops meanwhile. */
  take(count: number, stopped: AbortSignal): Promise<string[] | undefined> {
    return new Promise((resolve) => {
      if (stopped.aborted) return resolve(undefined)
      const waiter = {
        count,
        give: (devices: string[]) => {
          stopped.removeEventListener('abort', leave)
          resolve(devices)
        },
      }
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1)
        resolve(undefined)
        this.serveWaiting() // whoever waited behind it may want less
      }
      stopped.addEventListener('abort', leave, { once: true })
      this.waiting.push(waiter)
      this.serveWaiting()
    })
  }

  /** Of a trial that runs already: it has them, whoever waits. */
  reserve(devices: readonly string[]): void {
    for (const device of devices) this.free.delete(device)
  }

  release(devices: readonly string[]): void {
    for (const device of devices) if (this.all.includes(device)) this.free.add(device)
    this.serveWaiting()
  }

  private serveWaiting(): void {
    for (let first = this.waiting[0]; first && first.count <= this.free.size; first = this.waiting[0]) {
      const devices = [...this.free].slice(0, first.count)
      this.reserve(devices)
      this.waiting.shift()
      first.give(devices)
    }
  }
}
