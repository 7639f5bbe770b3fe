/** Creates a study. It is idempotent by name: the same spec again returns the existing study. */
import { createHash, randomUUID } from 'node:crypto'
import { canonicalJson, type Space } from '../../search-spaces/index.js'
import { checkAdvisor, checkDollars, type Providers } from '../advisors/llm/providers.js'
import type { Trainer, Trainers } from '../dispatch/profiles/profiles.js'
import { baselineProgram } from '../dispatch/programs/baseline-program.js'
import { taskNamed } from '../dispatch/programs/task-site.js'
import { NO_TRIALS } from '../domain/counters.js'
import { decodeMethod, decodeSpec, type SpecRequest } from '../domain/decode-spec.js'
import type { StoredProgram } from '../domain/program.js'
import { CHIRON, type StudyRequest, type StudySpec } from '../domain/spec.js'
import type { NewStudy } from '../engine/read-held-study.js'
import { storeTurns } from '../engine/store-turn.js'
import { Fault } from '../faults.js'
import type { Database, Sql } from '../storage/database.js'
import { storeEarlier } from '../storage/earlier-studies.js'
import { storeProgram } from '../storage/programs.js'
import { warmStart } from './warm-start.js'

export interface StudySite {
  readonly database: Database
  readonly trainers: Trainers
  readonly providers: Providers
  /** checkSpec of the domain; where that would take long, in a worker thread. */
  readonly checkSpec: (given: SpecRequest) => Promise<StudySpec>
}

/** `paused`: why the study begins paused, where it does. */
export async function createStudy(
  site: StudySite,
  given: StudyRequest,
  paused?: string,
): Promise<{ id: string; created: boolean }> {
  const { database } = site
  const spec = await checkStudy(site, given)
  const before = await sameStudy(database, given)
  if (before !== undefined) return { id: before, created: false }
  const study: NewStudy = {
    id: randomUUID(),
    spec,
    state: paused === undefined ? 'active' : 'paused',
    reason: paused ?? null,
  }
  // The digest is of the request as given: a preset or a trainer's space may resolve to something else another time.
  const made = await insertWhole(database, study, digestOf(given), await baselineFor(site, spec))
  if (made) return { id: study.id, created: true }
  const there = await sameStudy(database, given)
  if (there === undefined)
    throw new Fault('database_unavailable', 'The study was deleted while it was being created: try again')
  return { id: there, created: false }
}

/** The study as it would be created, and whether it is there already. */
export async function planStudy(
  site: StudySite,
  given: StudyRequest,
): Promise<{ spec: StudySpec; exists: boolean }> {
  const spec = await checkStudy(site, given)
  return { spec, exists: (await sameStudy(site.database, given)) !== undefined }
}

/** The id of the study with this name, where there is one: another spec under the same name is refused. */
async function sameStudy(database: Database, given: StudyRequest): Promise<string | undefined> {
  const [there] = await database.query<{ id: string; digest: string }>(
    'select id, digest from studies where name = $1',
    [given.name],
  )
  if (there === undefined) return undefined
  if ([digestOf(given), earlierDigestOf(given)].includes(there.digest)) return there.id
  throw new Fault(
    'study_exists',
    `A study named ${given.name} exists with another spec: choose another name, or delete that study`,
    { study: there.id },
  )
}

/** The spec with its space and its method, checked on this service. */
export async function checkStudy(
  { trainers, providers, checkSpec }: Omit<StudySite, 'database'>,
  given: StudyRequest,
): Promise<StudySpec> {
  const spec = await checkSpec(completeSpace(given, trainers))
  const method = decodeMethod(spec)
  checkAdvisor(providers, method)
  checkDollars(providers, method, spec.budget)
  if (method.agent !== undefined) taskNamed(trainers, spec.trainer)
  if (spec.trainer !== undefined) checkTrainer(trainers, spec, spec.trainer)
  return spec
}

/** Answers false if a study with this name exists. */
async function insertStudy(
  sql: Sql,
  { id, spec, state, reason }: NewStudy,
  digest: string,
): Promise<boolean> {
  const made = await sql.query(
    `with made as (
       insert into studies (id, name, spec, digest, seq, counters, trainer, state, reason)
       values ($1, $2, $3::text::json, $4, 1, $5::text::json, $6, $7, $8)
       on conflict (name) do nothing returning id),
     logged as (insert into events (study_id, seq, kind, data) select id, 1, 'created', '{}' from made)
     select id from made`,
    [
      id,
      spec.name,
      JSON.stringify(spec),
      digest,
      JSON.stringify(NO_TRIALS),
      spec.trainer ?? null,
      state,
      reason,
    ],
  )
  return made.length > 0
}

/**
 * Inserts the study with its warm-start trials and the program that edits start from, in one transaction. All that takes
 * long is done before it begins. Answers false if a study with this name exists.
 */
async function insertWhole(
  database: Database,
  study: NewStudy,
  digest: string,
  baseline: StoredProgram | null,
): Promise<boolean> {
  const warm = study.spec.warmStart && (await warmStart(database, study))
  if (warm === undefined && baseline === null) return insertStudy(database, study, digest)
  return database.transaction(async (tx) => {
    if (!(await insertStudy(tx, study, digest))) return false
    if (warm !== undefined) {
      if (warm.earlier.length > 0) await storeEarlier(tx, study.id, warm.earlier)
      await storeTurns(tx, [warm.turn])
    }
    if (baseline !== null) await storeProgram(tx, study.id, baseline)
    return true
  })
}

/** The program that the edits of an agent start from, as the task has it now; null where nobody edits. */
async function baselineFor({ trainers }: StudySite, spec: StudySpec): Promise<StoredProgram | null> {
  if (decodeMethod(spec).agent === undefined) return null
  return baselineProgram(taskNamed(trainers, spec.trainer))
}

/** Takes the space of the trainer, where the request names none. */
function completeSpace(given: StudyRequest, trainers: Trainers): SpecRequest {
  const { space, trainer } = given
  if (space !== undefined) return { ...given, space }
  if (trainer !== undefined) return { ...given, space: trainerNamed(trainers, trainer).profile.space }
  return refuseSpec('space', 'name a space of GET /spaces, give one in full, or name a trainer that has one')
}

/**
 * Checks that the operator declared the trainer, that it can run here, and that it takes the parameters of this space.
 */
export function checkTrainer(trainers: Trainers, spec: StudySpec, name: string): void {
  const trainer = trainerNamed(trainers, name)
  if (trainer.unavailable !== undefined)
    refuseSpec('trainer', `the trainer ${name} cannot run here: ${trainer.unavailable}`)
  const takes = namesOf(trainer.takes)
  const given = namesOf(decodeSpec(spec).space)
  if (takes !== given)
    refuseSpec('space', `the trainer ${name} takes the parameters ${takes}; this space has ${given}`)
}

function trainerNamed(trainers: Trainers, name: string): Trainer {
  const trainer = trainers.get(name)
  if (trainer !== undefined) return trainer
  const known = [...trainers.keys()].join(', ')
  return refuseSpec(
    'trainer',
    `there is no trainer named ${JSON.stringify(name)}: choose one of ${known}, or leave it out to run trials with your own workers`,
  )
}

function namesOf(space: Space): string {
  return space.parameters
    .map((p) => p.name)
    .sort()
    .join(', ')
}

function refuseSpec(path: string, message: string): never {
  throw new Fault('invalid_request', `${path}: ${message}`, { errors: [{ path, message }] })
}

/** Leaves the description out, so that a study with another description is still the same study. */
function digestOf({ description: _, method = CHIRON, ...given }: StudyRequest): string {
  return `2:${sha256(canonicalJson({ ...given, method }))}`
}

/** The digest as it was when the method of a study that names none was random. */
function earlierDigestOf({ description: _, method = 'random', ...given }: StudyRequest): string {
  return sha256(canonicalJson({ ...given, method }))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
