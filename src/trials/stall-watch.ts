/**
 * Notices when nobody could be heard: this process had not started yet, it stood still (stopped, starved of processor time, or
 * busy for long), or its database did not answer. Heartbeats of that time are processed only afterwards, or were lost.
 */

const TICK_MS = 100

interface Stall {
  readonly endedAt: number
  readonly milliseconds: number
}

export class StallWatch {
  private stalls: Stall[]
  /** By the monotonic clock, which goes on while a process is stopped. */
  private lastTick: number
  /** Since when the database has been asked without an answer. */
  private askedAt: number | undefined
  private readonly timer: NodeJS.Timeout

  constructor(private readonly clock: () => number = () => performance.now()) {
    this.lastTick = clock()
    // Nobody knows how long before its start no server was there.
    this.stalls = [{ endedAt: this.lastTick, milliseconds: Infinity }]
    this.timer = setInterval(() => this.tick(), TICK_MS)
    this.timer.unref()
  }

  /**
   * Whether a heartbeat that is due every so many seconds may still be missing, because nobody could be heard for longer than
   * that. One such interval after the stall every worker that lives has been heard again.
   */
  mayMissHeartbeats(everySeconds: number): boolean {
    this.tick() // the timer may be as late as the heartbeats are
    const interval = everySeconds * 1000
    return this.stalls.some(
      ({ endedAt, milliseconds }) => milliseconds > interval && this.lastTick - endedAt < interval,
    )
  }

  /** Asks the database. From the first question that it left without an answer until it gives one is a stall. */
  async untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
    this.askedAt ??= this.clock()
    const answer = await ask()
    this.note(this.clock(), this.askedAt)
    this.askedAt = undefined
    return answer
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private tick(): void {
    const before = this.lastTick
    this.lastTick = this.clock()
    this.note(this.lastTick, before)
  }

  /** A stall matters only to intervals that are shorter, so it is forgotten once it is as long ago as it lasted. */
  private note(now: number, since: number): void {
    const milliseconds = now - since
    this.stalls = this.stalls.filter((stall) => now - stall.endedAt < stall.milliseconds)
    if (milliseconds > 2 * TICK_MS) this.stalls.push({ endedAt: now, milliseconds })
  }
}
