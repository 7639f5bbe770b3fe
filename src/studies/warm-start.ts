/**
 * Warm start: brings what earlier studies have found into a new one, in the transaction that creates it: their trials
 * as its own, or stored beside it for a model of each. Either way it belongs to the new study, so later changes to the
 * earlier ones do not affect it.
 */
import { tellingTrials } from '../../optimizers/gp/earlier.js'
import { type Params, repair, type Space } from '../../search-spaces/index.js'
import type { WarmStart } from '../domain/counters.js'
import { decodeSpec } from '../domain/decode-spec.js'
import type { Foreseen } from '../domain/forecast.js'
import type { StudySpec } from '../domain/spec.js'
import type { Settlement } from '../domain/tell.js'
import { Fault } from '../faults.js'
import type { Sql } from '../storage/database.js'
import { storeEarlier } from '../storage/earlier-studies.js'
import { importWarmStart, noteWarmStart, type WarmStartSource } from '../trials/commands/warm-start-import.js'
import { ID } from './read-studies.js'

/** The most trials that are imported, because a search observes them all before its first trial. */
const MAX_TRIALS = 1000
/** Of more than that, this share are the best trials; the others are spread evenly over the time in which they ran. */
const BEST_SHARE = 0.1

/** With `from: finished`, at most so many studies, each with so many successful trials, are chosen among the newest. */
const CHOSEN = { studies: 5, trials: 8, among: 200 }

export async function warmStart(tx: Sql, studyId: string, spec: StudySpec): Promise<void> {
  const { studies, as } = spec.warmStart!
  const { space } = decodeSpec(spec)
  const named = studies ?? (await finishedStudies(tx, spec, space))
  const read: WarmStartSource[] = []
  for (const [i, name] of named.entries()) read.push(await readEarlierTrials(tx, spec, space, name, i))
  const earlier = withoutDuplicates(read)
  if (as !== 'model') return importWarmStart(tx, studyId, thinTrials(earlier, spec))
  await noteWarmStart(tx, studyId, await storeForModel(tx, studyId, spec, earlier))
}

/** The ids of the newest finished studies that search half of this study's parameters for the same objective. */
async function finishedStudies(tx: Sql, { objective }: StudySpec, space: Space): Promise<string[]> {
  const rows = await tx.query<StudyRow>(
    `select id, name, spec from studies
      where state = 'finished' and spec->'objective'->>'metric' = $1 and spec->'objective'->>'direction' = $2
        and (counters->'states'->>'complete')::int >= $3
      order by created_at desc, id limit ${CHOSEN.among}`,
    [objective.metric, objective.direction, CHOSEN.trials],
  )
  const alike = rows.filter(({ spec }) => 2 * sharedParameters(space, spec) >= space.searched.length)
  return alike.slice(0, CHOSEN.studies).map(({ id }) => id)
}

/** Stores the trials that ran to their end, as many as a model uses. */
async function storeForModel(
  tx: Sql,
  studyId: string,
  { objective }: StudySpec,
  earlier: readonly WarmStartSource[],
): Promise<WarmStart[]> {
  const sign = objective.direction === 'maximize' ? -1 : 1
  const losses = earlier.map(({ id, study, trials }) => ({ id, study, trials: lossesOf(trials, sign) }))
  const used = tellingTrials(losses)
  await storeEarlier(
    tx,
    studyId,
    used.map(({ id, study, trials }) => ({
      id,
      study,
      trials: trials.map(({ params, value }) => ({ params, value: sign * value })),
    })),
  )
  return earlier.map(({ id, study, trials, leftOut }) => {
    const count = used.find((one) => one.id === id)?.trials.length ?? 0
    return { study, trials: count, leftOut: leftOut + trials.length - count, as: 'model' }
  })
}

function lossesOf(trials: WarmStartSource['trials'], sign: 1 | -1) {
  return trials.flatMap(({ params, told }) =>
    told.outcome === 'complete' ? [{ params, value: sign * (told.value as number) }] : [],
  )
}

interface StudyRow {
  readonly id: string
  readonly name: string
  readonly spec: StudySpec
}

interface TrialRow {
  readonly number: number
  readonly params: Params
  readonly state: Settlement['state']
  readonly failure: Exclude<Settlement['failure'], 'lost'>
  readonly value: number | null
  readonly peak: number | null
  readonly foreseen: Foreseen | null
  readonly origin: WarmStartSource['trials'][number]['origin'] | null
}

async function readEarlierTrials(
  tx: Sql,
  spec: StudySpec,
  space: Space,
  nameOrId: string,
  place: number,
): Promise<WarmStartSource> {
  const [study] = await tx.query<StudyRow>(
    `select id, name, spec from studies where ${ID.test(nameOrId) ? 'id = $1::uuid' : 'name = $1'}`,
    [nameOrId],
  )
  if (study === undefined) refuseWarmStart(place, `there is no study ${JSON.stringify(nameOrId)}`)
  checkComparable(study, spec, space, place)
  const rows = await tx.query<TrialRow>(
    `select t.number, t.params, t.state, t.failure, t.value, t.peak_memory_mb as peak, t.foreseen, t.proposal->'origin' as origin
       from events e join trials t using (study_id, number)
      where e.study_id = $1 and e.kind = 'settled' order by e.seq`,
    [study.id],
  )
  const trials = rows.flatMap(({ number, params, state, failure, value, peak, foreseen, origin }) => {
    const here = spec.warmStart!.as === 'model' ? params : translateParams(space, params)
    if (here === undefined) return []
    const told = {
      outcome: failure ?? (state as 'complete' | 'pruned'),
      ...(value !== null && { value }),
      ...(peak !== null && { peakMemoryMb: peak }),
    }
    const from = origin ?? { study: study.name, id: study.id, number }
    return [{ params: here, told, ...(foreseen && { foreseen }), origin: from }]
  })
  return { id: study.id, study: study.name, trials, leftOut: rows.length - trials.length }
}

/** Refuses a study with another objective, whose values would mislead the search, or without a common parameter. */
function checkComparable(earlier: StudyRow, { objective }: StudySpec, space: Space, place: number): void {
  const { metric, direction } = earlier.spec.objective
  if (metric !== objective.metric || direction !== objective.direction)
    refuseWarmStart(
      place,
      `${earlier.name} is to ${direction} ${metric}, this study is to ${objective.direction} ${objective.metric}: choose a study with the same objective`,
    )
  if (sharedParameters(space, earlier.spec) === 0)
    refuseWarmStart(
      place,
      `${earlier.name} has none of the parameters that this study searches: choose one that shares a parameter`,
    )
}

/** How many of the parameters that this study searches the earlier one has. */
function sharedParameters(space: Space, earlier: StudySpec): number {
  const theirs = decodeSpec(earlier).space
  return space.searched.filter(({ name }) => theirs.byName.has(name)).length
}

/**
 * Translates a configuration into this space by parameter names. A parameter that the earlier study did not have takes
 * its default. Undefined if a value is not in this space: a repaired value would not be what ran.
 */
function translateParams(space: Space, params: Params): Params | undefined {
  const shared = Object.fromEntries(Object.entries(params).filter(([name]) => space.byName.has(name)))
  const there = repair(space, shared)
  if (!there.ok) return undefined
  const isMoved = there.repairs.some(
    ({ rule, from }) => rule !== 'inactive' && !(rule === 'default' && from === null),
  )
  return isMoved ? undefined : there.params
}

/** Keeps one copy of a trial that several studies have, because one of them imported it from another. */
function withoutDuplicates(earlier: readonly WarmStartSource[]): WarmStartSource[] {
  const known = new Set<string>()
  return earlier.map((one) => ({
    ...one,
    trials: one.trials.filter(({ origin: { id, number } }) => {
      const key = `${id} ${number}`
      return !known.has(key) && known.add(key)
    }),
  }))
}

/** Selects at most MAX_TRIALS trials. */
function thinTrials(
  earlier: readonly WarmStartSource[],
  { objective }: StudySpec,
): readonly WarmStartSource[] {
  const all = earlier.flatMap(({ trials }) => trials)
  if (all.length <= MAX_TRIALS) return earlier
  const sign = objective.direction === 'maximize' ? -1 : 1
  const loss = (trial: (typeof all)[number]) =>
    trial.told.outcome === 'complete' ? sign * (trial.told.value as number) : Number.POSITIVE_INFINITY
  const kept = new Set([...all].sort((a, b) => loss(a) - loss(b)).slice(0, BEST_SHARE * MAX_TRIALS))
  const others = all.filter((trial) => !kept.has(trial))
  const left = MAX_TRIALS - kept.size
  for (let i = 0; i < left; i++) kept.add(others[Math.floor((i * others.length) / left)]!)
  return earlier.map(({ id, study, trials, leftOut }) => {
    const own = trials.filter((trial) => kept.has(trial))
    return { id, study, trials: own, leftOut: leftOut + trials.length - own.length }
  })
}

function refuseWarmStart(place: number, message: string): never {
  const path = `warmStart.studies.${place}`
  throw new Fault('invalid_request', `${path}: ${message}`, { errors: [{ path, message }] })
}
