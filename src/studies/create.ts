/** Creates a study, once by its name: the same spec again is answered by the study that is there. */
import { createHash } from 'node:crypto'
import type { Database } from '../db/database.js'
import { Fault } from '../faults.js'
import { NO_TRIALS } from '../model/counters.js'
import { checkSpec } from '../model/decode.js'
import type { StudySpec } from '../model/spec.js'

export async function createStudy(
  database: Database,
  spec: StudySpec,
): Promise<{ id: string; created: boolean }> {
  checkSpec(spec)
  if (spec.trainer !== undefined) refuseTrainer(spec.trainer)
  const digest = digestOf(spec)
  const [made] = await database.query<{ id: string }>(
    `with made as (
       insert into studies (name, spec, digest, seq, counters) values ($1, $2::text::json, $3, 1, $4::text::json)
       on conflict (name) do nothing returning id),
     logged as (insert into events (study_id, seq, kind, data) select id, 1, 'created', '{}' from made)
     select id from made`,
    [spec.name, JSON.stringify(spec), digest, JSON.stringify(NO_TRIALS)],
  )
  if (made !== undefined) return { id: made.id, created: true }
  const [there] = await database.query<{ id: string; digest: string }>(
    'select id, digest from studies where name = $1',
    [spec.name],
  )
  if (there === undefined)
    throw new Fault('database_unavailable', 'The study was deleted while it was created: try again')
  if (there.digest === digest) return { id: there.id, created: false }
  throw new Fault(
    'study_exists',
    `A study named ${spec.name} was created with another spec: choose another name, or delete that one`,
    { study: there.id },
  )
}

function refuseTrainer(name: string): never {
  const message = `there is no trainer named ${JSON.stringify(name)}: GET /trainers lists them; leave it out to run trials with workers of your own`
  throw new Fault('invalid_request', message, { errors: [{ path: 'trainer', message }] })
}

/** The description is for people: another one is still the same study. */
function digestOf({ description: _, ...spec }: StudySpec): string {
  return createHash('sha256').update(canonical(spec)).digest('hex')
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
