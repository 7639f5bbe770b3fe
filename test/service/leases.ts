/** Expires leases without waiting: sets their expiry back and runs the check for expired leases. */
import { expireLeases } from '../../src/trials/commands/expire-leases.js'
import type { TestService } from './service.js'

/** All leases of a study, or those of the trials named. Answers how many were lost. */
export async function loseLeases(
  service: TestService,
  study: string,
  numbers?: readonly number[],
): Promise<number> {
  await setBackLeases(service, study, numbers)
  return expireLeases(service.running.database, service.running.queues)
}

/** They have run out, and nobody has looked yet. */
export async function setBackLeases(
  { running: { database } }: TestService,
  study: string,
  numbers?: readonly number[],
  hours = 1,
): Promise<void> {
  await database.query(
    `update trials set lease_expires_at = now() - make_interval(hours => $3::int)
      where study_id = (select id from studies where name = $1) and state = 'running'
        and ($2::text is null or number = any (string_to_array($2::text, ',')::int[]))`,
    [study, numbers?.join(',') ?? null, hours],
  )
}
