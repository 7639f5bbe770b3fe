/** A circuit breaker: a provider that has failed several times in a row is left alone for a while, then tried once. */
const FAILURES = 5
const FIRST_MS = 15_000
const LONGEST_MS = 300_000

export class Breaker {
  private failures = 0
  private restMs = FIRST_MS
  private closedUntil = 0
  private trying = false

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** May it be called? Where it has rested, one caller may find out for all. */
  enter(): boolean {
    if (this.failures < FAILURES) return true
    if (this.trying || this.now() < this.closedUntil) return false
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
    if (this.failures < FAILURES) return
    this.closedUntil = this.now() + this.restMs
    this.restMs = Math.min(LONGEST_MS, 2 * this.restMs)
  }
}
