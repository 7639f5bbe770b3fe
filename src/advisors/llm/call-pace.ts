/** Keeps the calls of this server within the limits that an endpoint has for a minute, first come, first served. */

export interface PaceLimits {
  readonly requestsPerMinute?: number
  readonly tokensPerMinute?: number
}

/** A second more than a minute, because calls do not all arrive after the same delay. */
const MINUTE_MS = 61_000

export class CallPace {
  private begun: readonly { readonly at: number; readonly tokens: number }[] = []

  constructor(
    private readonly limits: PaceLimits,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Counts a call and gives the time at which it may begin; null where it would wait for half of the time until its deadline:
   * a call that begins just before its deadline is paid for, and cut off before it has answered. The tokens are those of the
   * request and of the longest answer, as providers count them before they answer.
   */
  reserve(tokens: number, deadline: number): number | null {
    const now = this.now()
    this.begun = this.begun.filter(({ at }) => at > now - MINUTE_MS)
    const at = Math.max(now, this.begun.at(-1)?.at ?? 0, this.roomForRequest(), this.roomForTokens(tokens))
    if (at - now >= (deadline - now) / 2) return null
    this.begun = [...this.begun, { at, tokens }]
    return at
  }

  /** Why no minute has room for a call of so many tokens; null where one has. */
  refusal(tokens: number): string | null {
    const { tokensPerMinute: most = Infinity } = this.limits
    return tokens <= most
      ? null
      : `${tokens} tokens with its answer, and the endpoint allows ${most} a minute`
  }

  private roomForRequest(): number {
    const { requestsPerMinute = Infinity } = this.limits
    const first = this.begun[this.begun.length - Math.max(1, Math.floor(requestsPerMinute))]
    return first === undefined ? 0 : first.at + MINUTE_MS
  }

  private roomForTokens(tokens: number): number {
    const { tokensPerMinute = Infinity } = this.limits
    let sum = tokens
    for (let i = this.begun.length - 1; i >= 0; i--) {
      sum += this.begun[i]!.tokens
      if (sum > tokensPerMinute) return this.begun[i]!.at + MINUTE_MS
    }
    return 0
  }
}
