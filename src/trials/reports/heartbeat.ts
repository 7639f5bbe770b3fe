/** Heartbeats and reports renew a lease. Neither queues a command: each updates one row, guarded by its token. */

import type { Pruning, StudySpec } from '../../domain/spec.js'
import { Fault } from '../../faults.js'
import type { Database } from '../../storage/database.js'
import { PAIRED_SOURCE } from '../commands/agent-turn.js'
import { readTrial } from '../queries/read-trials.js'
import { iso, viewTrial } from '../queries/trial-view.js'

export interface RenewedLease {
  readonly pruning: Pruning | null
  readonly direction: StudySpec['objective']['direction']
  readonly expiresAt: string
}

/**
 * Renews the lease and returns the pruning rule that holds for the trial. None does for a run that the keep rule of an agent has
 * asked for: pruned, it would be asked for again and again. Throws `lease_lost` with the trial where the token does not hold it.
 */
export async function renewLease(
  database: Database,
  studyId: string,
  number: number,
  token: string,
): Promise<RenewedLease> {
  const [row] = await database.query<{
    pruning: RenewedLease['pruning']
    direction: RenewedLease['direction']
    expires: Date
  }>(
    `update trials t set lease_expires_at = now() + make_interval(secs => (s.spec->'lease'->>'seconds')::float8)
       from studies s
      where s.id = $1 and t.study_id = s.id and t.number = $2 and t.token = $3 and t.state = 'running'
     returning case when t.proposal->>'source' <> $4 then s.spec->'pruning' end as pruning, s.spec->'objective'->>'direction' as direction, t.lease_expires_at as expires`,
    [studyId, number, token, PAIRED_SOURCE],
  )
  if (row !== undefined)
    return { pruning: row.pruning, direction: row.direction, expiresAt: iso(row.expires) }
  const trial = await readTrial(database, studyId, number)
  throw new Fault(
    'lease_lost',
    `This token does not hold trial ${number}, which is ${trial.state}: ask for another`,
    {
      trial: viewTrial(trial),
    },
  )
}
