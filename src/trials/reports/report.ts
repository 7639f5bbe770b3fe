/** Records an intermediate value of a running trial, and answers whether the trial goes on. */
import type { Database } from '../../storage/database.js'
import { renewLease } from './heartbeat.js'
import { applyRule, type Decision } from './pruning.js'

export async function recordReport(
  database: Database,
  studyId: string,
  number: number,
  { token, step, value }: { token: string; step: number; value: number | string },
): Promise<Decision & { readonly expiresAt: string }> {
  const { pruning, direction, expiresAt } = await renewLease(database, studyId, number, token)
  if (typeof value === 'string') return { decision: 'stop', rule: 'not_finite', step, expiresAt }
  await database.query(
    `insert into reports (study_id, number, step, value) values ($1, $2, $3, $4)
     on conflict (study_id, number, step) do update set value = excluded.value, at = now()`,
    [studyId, number, step, value],
  )
  if (pruning === null) return { decision: 'go', expiresAt }
  const decision = await applyRule(database, studyId, pruning, direction, { number, step, value })
  return { ...decision, expiresAt }
}
