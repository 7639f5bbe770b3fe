/** A circuit breaker: a provider that has failed several times in a row is left alone for a while, then tried once. */
const FAILURES = 5
const FIRST_MS = 15_000
const LONGEST_MS = 300_000

export class CircuitBreaker {
  private failures = 0
  private restMs = FIRST_MS
  private openUntil = 0
  private trying = false

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Has it answered of late, as far as is known? */
  get isClosed(): boolean {
    return this.failures < FAILURES
  }

  /** May it be called? Where it has rested, one caller may find out for all. */
  enter(): boolean {
    if (this.isClosed) return true
    if (this.trying || this.now() < this.openUntil) return false
    this.trying = true
    return true
  }

  /** How a call went: a provider that answers, whatever it says, is well. */
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
