/**
 * Which server asks for a trial's advice, or for a study's beliefs. A server claims them in their row, by the database's clock,
 * and claims them again as long as it lives; when a claim runs out, any other server may take over.
 */
import { ADVICE_CLAIM_SECONDS } from '../engine/turn-statement/advice-claim.js'
import type { Database } from '../storage/database.js'

export interface Claimed {
  readonly study: string
  readonly number: number
}

/** Trials that server $1 has claimed, or that it began ($2: `study number`, …) and has not claimed yet. */
const OWN_TRIALS = `(t.adviser = $1::uuid
          or (t.adviser is null and t.study_id || ' ' || t.number = any(string_to_array($2, ','))))`

/** A claim that ends later than any can was made before the clock was set back, and its server may be gone. */
function holds(row: 't' | 'i', seconds: string): string {
  return `${row}.adviser_until between now() and now() + 2 * make_interval(secs => ${seconds}::float8)`
}

/** Renews this server's claims on trials, and takes over those whose claim ran out. */
export function claimTrials(database: Database, server: string, begun: string): Promise<Claimed[]> {
  return database.query<Claimed>(
    `update trials t set adviser = $1::uuid, adviser_until = now() + make_interval(secs => $3::float8)
       from studies s
      where t.state = 'proposing' and (${OWN_TRIALS} or not ${holds('t', '$3')})
        and s.id = t.study_id and s.state = 'active'
     returning t.study_id as study, t.number`,
    [server, begun, ADVICE_CLAIM_SECONDS],
  )
}

/** No worker waits for beliefs, so the first server that looks takes a new question up. */
export function claimInquiries(database: Database, server: string): Promise<Claimed[]> {
  return database.query<Claimed>(
    `update inquiries i set adviser = $1::uuid, adviser_until = now() + make_interval(secs => $2::float8)
       from studies s
      where i.state = 'asking' and (i.adviser = $1::uuid or not ${holds('i', '$2')})
        and s.id = i.study_id and s.state = 'active'
     returning i.study_id as study, i.number`,
    [server, ADVICE_CLAIM_SECONDS],
  )
}

/** Ends this server's claims, so that another server may take over at once. */
export async function releaseClaims(database: Database, server: string, begun: string): Promise<void> {
  await database.query(
    `update trials t set adviser = null, adviser_until = now() where t.state = 'proposing' and ${OWN_TRIALS}`,
    [server, begun],
  )
  await database.query(
    `update inquiries set adviser = null, adviser_until = now() where state = 'asking' and adviser = $1::uuid`,
    [server],
  )
}
