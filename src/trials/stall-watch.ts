/**
 * Notices when this process stood still: it was stopped, starved of processor time, or busy for long. What it was sent in
 * that time, heartbeats among it, is processed only afterwards.
 */

const TICK_MS = 100

interface Stall {
  readonly endedAt: number
  readonly milliseconds: number
}

export class StallWatch {
  private stalls: Stall[] = []
  /** By the monotonic clock, which goes on while a process is stopped. */
  private lastTick: number
  private readonly timer: NodeJS.Timeout

  constructor(private readonly clock: () => number = () => performance.now()) {
    this.lastTick = clock()
    this.timer = setInterval(() => this.tick(), TICK_MS)
    this.timer.unref()
  }

  /**
   * Whether a heartbeat that is due every so many seconds may still be unprocessed, because the process stood still for longer
   * than that. One such interval after the stall every worker that lives has been heard again.
   */
  mayMissHeartbeats(everySeconds: number): boolean {
    this.tick() // the timer may be as late as the heartbeats are
    const interval = everySeconds * 1000
    return this.stalls.some(
      ({ endedAt, milliseconds }) => milliseconds > interval && this.lastTick - endedAt < interval,
    )
  }

  stop(): void {
    clearInterval(this.timer)
  }

  /** A stall matters only to intervals that are shorter, so it is forgotten once it is as long ago as it lasted. */
  private tick(): void {
    const now = this.clock()
    const milliseconds = now - this.lastTick
    this.lastTick = now
    this.stalls = this.stalls.filter((stall) => now - stall.endedAt < stall.milliseconds)
    if (milliseconds > 2 * TICK_MS) this.stalls.push({ endedAt: now, milliseconds })
  }
}
