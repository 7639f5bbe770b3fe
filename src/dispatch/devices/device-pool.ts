/**
 * The devices of one kind that trials run on: GPUs, or slots of the processor. Each is granted to one trial at a
 * time.
 */

/** The right to use devices. Releasing it a second time changes nothing. */
export interface DeviceGrant {
  readonly devices: readonly string[]
  /** The worker that took them, for messages. */
  readonly owner: string
  release(): void
}

interface Waiter {
  readonly count: number
  readonly owner: string
  readonly give: (grant: DeviceGrant) => void
}

/** Requests are served first come, first served. A device is free while no grant holds it. */
export class DevicePool {
  private readonly grants = new Set<DeviceGrant>()
  private readonly waiting: Waiter[] = []

  constructor(readonly all: readonly string[]) {}

  /** Waits for devices. Undefined where the signal is aborted first. */
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

  private serveWaiting(): void {
    for (let first = this.waiting[0]; first !== undefined; first = this.waiting[0]) {
      const free = this.free()
      if (first.count > free.length) return
      this.waiting.shift()
      first.give(this.reserve(free.slice(0, first.count), first.owner))
    }
  }

  private free(): string[] {
    const held = new Set([...this.grants].flatMap(({ devices }) => devices))
    return this.all.filter((device) => !held.has(device))
  }
}
