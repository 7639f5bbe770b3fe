/**
 * A circuit breaker: after several failures in a row a provider is not called for a while, then tried with one call.
 */
const FAILURES = 5
const FIRST_MS = 15_000
const LONGEST_MS = 300_000

export class CircuitBreaker {
  private failures = 0
  private restMs = FIRST_MS
  private openUntil = 0
  private trying = false

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Whether the provider has not failed too often in a row. */
  get isClosed(): boolean {
    return this.failures < FAILURES
  }

  /** Whether a call may begin. After the rest period one caller at a time may try. */
  enter(): boolean {
    if (this.isClosed) return true
    if (this.trying || this.now() < this.openUntil) return false
    this.trying = true
    return true
  }

  /** Records the end of a call. `well`: the provider answered, whatever the answer. */
  leave(well: boolean): void {
    this.trying = false
    if (well) {
      this.failures = 0
      this.restMs = FIRST_MS
      return
    }
    this.failures++
    if (this.isClosed) return
    this.openUntil = this.now() + this.restMs
    this.restMs = Math.min(LONGEST_MS, 2 * this.restMs)
  }
}
