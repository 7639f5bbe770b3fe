/** A background job of the service: it runs again and again, never twice at once. */
import type { FastifyBaseLogger } from 'fastify'

export class RepeatedJob {
  private stopped = false
  private woken = false
  private timer: NodeJS.Timeout
  private running: Promise<unknown> | undefined

  /** A failure is logged, and the job runs again after the next pause. */
  constructor(
    private readonly pauseMs: number,
    private readonly job: () => Promise<unknown>,
    private readonly logger: FastifyBaseLogger,
  ) {
    this.timer = setTimeout(() => this.run(), pauseMs)
  }

  /** Runs the job now; if it is running, once more after that. */
  wake(): void {
    this.woken = true
    if (this.running !== undefined || this.stopped) return
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.run(), 0)
  }

  async stop(): Promise<void> {
    this.stopped = true
    clearTimeout(this.timer)
    await this.running
  }

  private run(): void {
    this.woken = false
    this.running = this.job()
      .catch((err) =>
        this.logger.warn({ err }, 'a background job failed; it runs again after its next pause'),
      )
      .then(() => {
        this.running = undefined
        if (!this.stopped) this.timer = setTimeout(() => this.run(), this.woken ? 0 : this.pauseMs)
      })
  }
}
