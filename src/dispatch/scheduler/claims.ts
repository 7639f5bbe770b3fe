/**
 * Which server runs a study. Several servers may share a database; the one whose id stands in the study's row has
 * claimed it, for some seconds by the database's clock, and renews the claim as long as it lives.
 */
import { setTimeout } from 'node:timers/promises'
import type { StudySpec } from '../../domain/spec.js'
import type { Database } from '../../storage/database.js'
import type { TrialClient } from '../clients/trial-client.js'

export const CLAIM_SECONDS = 15
const POLL_MS = 250

export interface ClaimedStudy {
  readonly id: string
  readonly spec: StudySpec
  /** Why it is paused: a server that has since ended gave a trial back for this. */
  readonly returnedFor: string | null
}

/**
 * Whether it was the return of a trial that paused the study (return-trial.ts): the two events stand side by side. A
 * study that somebody has paused since has another last event of that kind.
 */
const PAUSED_BY_RETURN = `state = 'paused' and exists (
  select from events returned
   where returned.study_id = studies.id and returned.kind = 'returned' and returned.data->>'reason' = studies.reason
     and returned.seq = (select seq from events where study_id = studies.id and kind = 'paused'
                          order by seq desc limit 1) - 1)`

/** A claim that ends later than any can was made before the clock was set back, and its server may be gone. */
const HOLDS = `dispatcher_until between now() and now() + 2 * make_interval(secs => $2::float8)`

/**
 * Claims studies of these trainers that no living server has, but for those in `held`: those that are active, and those
 * that go on once their machine is mended. Finished ones are named because the index leaves them out: they are most.
 */
export function claimStudies(
  database: Database,
  server: string,
  trainers: readonly string[],
  held: readonly string[],
  seconds: number,
): Promise<ClaimedStudy[]> {
  return database.query<ClaimedStudy>(
    `update studies set dispatcher = $1::uuid, dispatcher_until = now() + make_interval(secs => $2::float8)
      where state <> 'finished' and (state = 'active' or ${PAUSED_BY_RETURN}) and trainer = any(string_to_array($3, ','))
        and (dispatcher is null or dispatcher = $1::uuid or not ${HOLDS})
        and not id = any(string_to_array($4, ',')::uuid[])
     returning id, spec, case when state = 'paused' then reason end as "returnedFor"`,
    [server, seconds, trainers.join(','), held.join(',')],
  )
}

/**
 * Renews the claims on these studies, whatever their state: paused and finished ones may have trials that run.
 * Answers which.
 */
export async function renewClaims(
  database: Database,
  server: string,
  held: readonly string[],
  seconds: number,
): Promise<ReadonlySet<string>> {
  if (held.length === 0) return new Set()
  const rows = await database.query<{ id: string }>(
    `update studies set dispatcher_until = now() + make_interval(secs => $2::float8)
      where id = any(string_to_array($3, ',')::uuid[]) and dispatcher = $1::uuid
     returning id`,
    [server, seconds, held.join(',')],
  )
  return new Set(rows.map(({ id }) => id))
}

export async function giveUpClaims(database: Database, server: string): Promise<void> {
  await database.query('update studies set dispatcher = null where dispatcher = $1::uuid', [server])
}

/** Of a database that no other server can have open, all claims are of servers that have ended. */
export async function dropClaims(database: Database): Promise<void> {
  await database.query('update studies set dispatcher = null where dispatcher is not null')
}

/** One study's claim, as this server knows it. */
export class Claim {
  /** Aborted once another server has the study, or this one stops. */
  readonly lost: AbortSignal
  private readonly losing = new AbortController()

  /**
   * `renewedAt`: performance.now() from before the statement was sent, so that we never count on more than we have.
   */
  constructor(
    private renewedAt: number,
    private readonly seconds: number,
    stopped: AbortSignal,
  ) {
    this.lost = AbortSignal.any([stopped, this.losing.signal])
  }

  renew(at: number): void {
    this.renewedAt = at
  }

  lose(): void {
    this.losing.abort()
  }

  get isHeld(): boolean {
    return !this.lost.aborted && performance.now() - this.renewedAt < this.seconds * 1000
  }

  /** Rejects where the claim turns out to be lost. */
  async untilHeld(): Promise<void> {
    while (!this.isHeld) await setTimeout(POLL_MS, undefined, { signal: this.lost })
  }
}

/**
 * Asks for trials only while the claim holds: a server that stood still for long may have lost it and not know yet.
 */
export function askWhileClaimed(client: TrialClient, claim: Claim): TrialClient {
  return {
    ...client,
    ask: (worker) => (claim.isHeld ? client.ask(worker) : claim.untilHeld().then(() => client.ask(worker))),
  }
}
