/**
 * The slots of one study: loops that each ask for a trial, run it and tell it. They end together. Slots that ran on
 * after one of them failed would run beside those that are started in their place.
 */
import { setMaxListeners } from 'node:events'

export class Slots {
  /** Aborted once the slots are to end: they were stopped, or one of them failed. */
  readonly stopped: AbortSignal
  private readonly failure = new AbortController()

  constructor(stopped: AbortSignal) {
    this.stopped = AbortSignal.any([stopped, this.failure.signal])
    setMaxListeners(0, this.stopped) // every slot waits for it
  }

  /** Resolves once all slots have ended; rejects with what the first of them failed with. */
  async run(workers: readonly string[], runSlot: (worker: string) => Promise<void>): Promise<void> {
    await Promise.all(workers.map((worker) => runSlot(worker).catch((error) => this.fail(error))))
    if (this.failure.signal.aborted) throw this.failure.signal.reason
  }

  /** An error after the slots were stopped comes from the stop. */
  private fail(error: unknown): void {
    if (!this.stopped.aborted) this.failure.abort(error)
  }
}
