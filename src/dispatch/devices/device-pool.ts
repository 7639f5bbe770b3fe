/**
 * The devices of one kind that trials run on: GPUs, or slots of the processor. Each is granted to one trial at a
 * time.
 */

/** The right to use devices. Releasing it a second time changes nothing. */
export interface DeviceGrant {
  readonly devices: readonly string[]
  /** The worker that took them, for messages. */
  readonly owner: string
  /** Why there are none: too many are withheld for this request. */
  readonly unfit?: string
  release(): void
}

interface Waiter {
  readonly count: number
  readonly owner: string
  readonly give: (grant: DeviceGrant) => void
}

/**
 * Requests are served first come, first served, each with all of its devices or none: one for several devices is not passed
 * by later ones for fewer, and nobody holds devices while waiting for more. A device is free while no grant holds it
 * and it is not withheld.
 */
export class DevicePool {
  private readonly grants = new Set<DeviceGrant>()
  private readonly waiting: Waiter[] = []
  /** Devices that cannot be used now, and why. */
  private readonly reasons = new Map<string, string>()

  constructor(readonly all: readonly string[]) {}

  /** Waits for devices. Undefined where the signal is aborted first; unfit where too many devices are withheld. */
  take(count: number, owner: string, stopped: AbortSignal): Promise<DeviceGrant | undefined> {
    return new Promise((resolve) => {
      if (stopped.aborted) return resolve(undefined)
      const give = (grant: DeviceGrant) => {
        stopped.removeEventListener('abort', leave)
        resolve(grant)
      }
      const waiter = { count, owner, give }
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1)
        resolve(undefined)
        this.serveWaiting() // a request behind this one may be for fewer devices
      }
      stopped.addEventListener('abort', leave, { once: true })
      this.waiting.push(waiter)
      this.serveWaiting()
    })
  }

  /** Grants the devices of a trial that runs already, before any request that waits. */
  reserve(devices: readonly string[], owner: string): DeviceGrant {
    const grant: DeviceGrant = {
      devices,
      owner,
      release: () => {
        if (this.grants.delete(grant)) this.serveWaiting()
      },
    }
    this.grants.add(grant)
    return grant
  }

  /** From now on nobody is granted this device. Whoever has it keeps it. */
  withhold(device: string, why: string): void {
    this.reasons.set(device, why)
    this.serveWaiting()
  }

  restore(device: string): void {
    if (this.reasons.delete(device)) this.serveWaiting()
  }

  /** Why there are not so many devices, granted ones included; undefined where there are. */
  whyTooFew(count: number): string | undefined {
    const usable = this.all.length - this.reasons.size
    return count > usable ? [...new Set(this.reasons.values())].join('; ') : undefined
  }

  private serveWaiting(): void {
    for (let first = this.waiting[0]; first !== undefined; first = this.waiting[0]) {
      const free = this.free()
      const unfit = this.whyTooFew(first.count)
      if (unfit === undefined && first.count > free.length) return
      this.waiting.shift()
      const { count, owner } = first
      first.give(
        unfit === undefined
          ? this.reserve(free.slice(0, count), owner)
          : { devices: [], owner, unfit, release: () => {} },
      )
    }
  }

  private free(): string[] {
    const held = new Set([...this.grants].flatMap(({ devices }) => devices))
    return this.all.filter((device) => !held.has(device) && !this.reasons.has(device))
  }
}
