/** Creates a study, once by its name: the same spec again is answered by the study that is there. */
import { createHash } from 'node:crypto'
import { canonicalJson, type Space } from '../../search-spaces/index.js'
import { checkAdvisor, checkDollars, type Providers } from '../advisors/llm/providers.js'
import type { Trainer, Trainers } from '../dispatch/profiles/profiles.js'
import { NO_TRIALS } from '../domain/counters.js'
import { checkSpec, decodeSpec } from '../domain/decode-spec.js'
import { completedChiron } from '../domain/methods.js'
import { CHIRON, methodSchema, type StudyRequest, type StudySpec } from '../domain/spec.js'
import { Fault } from '../faults.js'
import type { Database, Sql } from '../storage/database.js'
import { warmStart } from './warm-start.js'

interface StudySite {
  readonly database: Database
  readonly trainers: Trainers
  readonly providers: Providers
}

export async function createStudy(
  { database, trainers, providers }: StudySite,
  given: StudyRequest,
): Promise<{ id: string; created: boolean }> {
  const spec = completeMethod(completeSpace(given, trainers), providers)
  checkSpec(spec)
  const { method } = decodeSpec(spec)
  checkAdvisor(providers, method)
  checkDollars(providers, method, spec.budget)
  if (spec.trainer !== undefined) checkTrainer(trainers, spec, spec.trainer)
  // A preset or a trainer's space may be completed differently later, so the digest is of the request itself.
  const digest = digestOf(given)
  const made = await (spec.warmStart === undefined
    ? insert(database, spec, digest)
    : database.transaction((tx) => insertWithWarmStart(tx, spec, digest)))
  if (made !== undefined) return { id: made, created: true }
  const [there] = await database.query<{ id: string; digest: string }>(
    'select id, digest from studies where name = $1',
    [spec.name],
  )
  if (there === undefined)
    throw new Fault('database_unavailable', 'The study was deleted while it was created: try again')
  if (there.digest === digest || there.digest === earlierDigestOf(given))
    return { id: there.id, created: false }
  throw new Fault(
    'study_exists',
    `A study named ${spec.name} was created with another spec: choose another name, or delete that one`,
    { study: there.id },
  )
}

/** Answers its id; undefined where a study has this name already. */
async function insert(sql: Sql, spec: StudySpec, digest: string): Promise<string | undefined> {
  const [made] = await sql.query<{ id: string }>(
    `with made as (
       insert into studies (name, spec, digest, seq, counters, trainer) values ($1, $2::text::json, $3, 1, $4::text::json, $5)
       on conflict (name) do nothing returning id),
     logged as (insert into events (study_id, seq, kind, data) select id, 1, 'created', '{}' from made)
     select id from made`,
    [spec.name, JSON.stringify(spec), digest, JSON.stringify(NO_TRIALS), spec.trainer ?? null],
  )
  return made?.id
}

/** Inserts the study together with the trials that it begins with. */
async function insertWithWarmStart(tx: Sql, spec: StudySpec, digest: string): Promise<string | undefined> {
  const id = await insert(tx, spec, digest)
  if (id !== undefined) await warmStart(tx, id, spec)
  return id
}

/** Fills in the trainer's space where the request names none. */
function completeSpace(given: StudyRequest, trainers: Trainers): StudyRequest & Pick<StudySpec, 'space'> {
  const { space, trainer } = given
  if (space !== undefined) return { ...given, space }
  if (trainer !== undefined) return { ...given, space: trainerNamed(trainers, trainer).profile.space }
  return refuse('space', 'name one of GET /spaces, spell one out, or name a trainer, whose space it is then')
}

/** Fills in the default method, and spells out the preset that depends on what this service has at hand. */
function completeMethod(
  given: StudyRequest & Pick<StudySpec, 'space'>,
  { modelAtHand }: Providers,
): StudySpec {
  const spec = { ...given, method: given.method ?? CHIRON }
  if (spec.method !== CHIRON) return spec
  return { ...spec, method: methodSchema.parse(completedChiron(modelAtHand, decodeSpec(spec).space)) }
}

/** Checks that the operator declared this trainer, that it can run here, and that it takes this space's parameters. */
function checkTrainer(trainers: Trainers, spec: StudySpec, name: string): void {
  const trainer = trainerNamed(trainers, name)
  if (trainer.unavailable !== undefined)
    refuse('trainer', `the trainer ${name} cannot run here: ${trainer.unavailable}`)
  const takes = namesOf(trainer.takes)
  const given = namesOf(decodeSpec(spec).space)
  if (takes !== given)
    refuse('space', `the trainer ${name} takes the parameters ${takes}; this space has ${given}`)
}

function trainerNamed(trainers: Trainers, name: string): Trainer {
  const trainer = trainers.get(name)
  if (trainer !== undefined) return trainer
  const known = [...trainers.keys()].join(', ')
  return refuse(
    'trainer',
    `there is no trainer named ${JSON.stringify(name)}; there are ${known}, or leave it out to run trials with workers of your own`,
  )
}

function namesOf(space: Space): string {
  return space.parameters
    .map((p) => p.name)
    .sort()
    .join(', ')
}

function refuse(path: string, message: string): never {
  throw new Fault('invalid_request', `${path}: ${message}`, { errors: [{ path, message }] })
}

/** The description is for people: another one is still the same study. */
function digestOf({ description: _, method = CHIRON, ...given }: StudyRequest): string {
  return `2:${sha256(canonicalJson({ ...given, method }))}`
}

/** The digest of studies created while the default method was random; it has no version. */
function earlierDigestOf({ description: _, method = 'random', ...given }: StudyRequest): string {
  return sha256(canonicalJson({ ...given, method }))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
