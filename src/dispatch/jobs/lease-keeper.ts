/** Keeps the lease of one running trial alive, and notices when the trial is no longer ours. */
import { setTimeout } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { Fault, type FaultCode } from '../../faults.js'
import type { Decision } from '../../trials/reports/pruning.js'
import type { TrialClient } from '../clients/trial-client.js'

export interface KeptTrial {
  readonly number: number
  readonly token: string
  readonly heartbeatSeconds: number
}

/**
 * `held`: heartbeats are sent. `lost`: the lease ran out or another attempt has it; the trial may still be told late.
 * `over`: the trial was settled without us or deleted, so nothing that it still does counts.
 */
export type LeaseState = 'held' | 'lost' | 'over'

const RETRY_MS = 2000
/** A timer of Node cannot wait longer than 24 days; more heartbeats than needed do no harm. */
const LONGEST_WAIT_MS = 60_000
const REFUSALS = new Set<FaultCode>(['lease_lost', 'trial_not_found', 'study_not_found'])
const SETTLED_STATES = new Set(['cancelled', 'complete', 'pruned', 'failed'])

export class LeaseKeeper {
  state: LeaseState = 'held'
  token: string
  private readonly number: number
  private readonly intervalMs: number
  /**
   * By the monotonic clock. The first heartbeat is due at once, since a trial that was found may have little time
   * left.
   */
  private renewedAt = Number.NEGATIVE_INFINITY

  constructor(
    { number, token, heartbeatSeconds }: KeptTrial,
    private readonly client: TrialClient,
    private readonly logger: FastifyBaseLogger,
  ) {
    this.number = number
    this.token = token
    this.intervalMs = Math.min(heartbeatSeconds * 1000, LONGEST_WAIT_MS)
  }

  /** Goes on under the lease of a newer attempt, which was given out while this one ran. */
  replaceToken(token: string): void {
    this.token = token
    this.state = 'held'
  }

  /**
   * Sends heartbeats until the trial has ended. It is a loop of its own: a report that cannot be read, or an engine
   * that is slow to answer, must not cost the lease.
   */
  async keepAlive(ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      const due =
        this.state === 'held' ? this.renewedAt + this.intervalMs - performance.now() : this.intervalMs
      if (due > 0) await pause(due, ended)
      else await this.sendHeartbeat(ended)
    }
  }

  /** Undefined where the trial is no longer ours under this token. */
  async report(step: number, value: number): Promise<Decision | undefined> {
    const { number, token } = this
    try {
      const decision = await this.client.report(number, token, step, value)
      this.renewedAt = performance.now()
      return decision
    } catch (error) {
      if (this.isRefusal(error, token)) return undefined
      if (!(error instanceof Fault) || error.retryable) throw error
      this.logger.warn({ err: error, trial: number, step }, 'a report was refused; it is not sent again')
      return { decision: 'go' }
    }
  }

  private async sendHeartbeat(ended: AbortSignal): Promise<void> {
    const { number, token } = this
    try {
      await this.client.heartbeat(number, token)
      this.renewedAt = performance.now()
    } catch (error) {
      if (this.isRefusal(error, token)) return
      this.logger.warn({ err: error, trial: number }, 'a heartbeat could not be sent; it is sent again soon')
      await pause(Math.min(RETRY_MS, this.intervalMs), ended)
    }
  }

  /** Updates the state of the lease by a refusal, unless the refused token was replaced in the meantime. */
  private isRefusal(error: unknown, token: string): boolean {
    if (token !== this.token) return true
    const state = leaseAfter(error)
    this.state = state ?? this.state
    return state !== undefined
  }
}

/** The state of the lease after an error; undefined where the error does not concern it. */
function leaseAfter(error: unknown): LeaseState | undefined {
  if (!(error instanceof Fault) || !REFUSALS.has(error.code)) return undefined
  const trial = error.extra.trial as { state: string; failure?: string } | undefined
  return trial === undefined || isSettled(trial) ? 'over' : 'lost'
}

/** A trial that failed because its leases were lost may still be told. */
function isSettled({ state, failure }: { state: string; failure?: string }): boolean {
  return SETTLED_STATES.has(state) && failure !== 'lost'
}

async function pause(milliseconds: number, ended: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal: ended }).catch(() => {})
}
