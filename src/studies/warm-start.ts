/**
 * Warm start: brings what earlier studies have found into a new one, with its creation: their trials as its own, or stored
 * beside it for a model of each. Either way it belongs to the new study, so later changes to the earlier ones do not
 * affect it.
 */
import type { Optimizer } from '../../optimizers/contract.js'
import { optimizerNamed } from '../../optimizers/index.js'
import { type Params, repair, type Space } from '../../search-spaces/index.js'
import type { WarmStart } from '../domain/counters.js'
import { decodeSpec } from '../domain/decode-spec.js'
import type { Foreseen } from '../domain/forecast.js'
import type { StudySpec } from '../domain/spec.js'
import type { Settlement } from '../domain/tell.js'
import { mapInSlices } from '../engine/in-slices.js'
import type { NewStudy } from '../engine/read-held-study.js'
import type { PlayedTurn } from '../engine/writes.js'
import { Fault } from '../faults.js'
import type { Database } from '../storage/database.js'
import type { StoredEarlier } from '../storage/earlier-studies.js'
import { playWarmStart, type WarmStartSource } from '../trials/commands/warm-start-import.js'
import { ID } from './read-studies.js'

/** The most trials that are imported, because a search observes them all before its first trial. */
const MAX_TRIALS = 1000
/** Of more than that, this share are the best trials; the others are spread evenly over the time in which they ran. */
const BEST_SHARE = 0.1

/** With `from: finished`, at most so many studies, each with so many successful trials, are chosen among the newest. */
const CHOSEN = { studies: 5, trials: 8, among: 200 }
/** How many trials are read at a time, so that others are answered in between. */
const READ_PAGE = 500

/** What is stored with the study: the turn that brings trials in, and what models of earlier studies are made from. */
export interface BroughtIn {
  readonly turn: PlayedTurn
  readonly earlier: readonly StoredEarlier[]
}

/** Reads and checks everything, so that little is left for the transaction. */
export async function warmStart(database: Database, made: NewStudy): Promise<BroughtIn> {
  const { spec } = made
  const { studies, as } = spec.warmStart!
  const { space, method } = decodeSpec(spec)
  const named = studies ?? (await finishedStudies(database, spec, space))
  const read: WarmStartSource[] = []
  for (const [i, name] of named.entries()) read.push(await readEarlierTrials(database, spec, space, name, i))
  const sources = withoutDuplicates(read)
  if (as === 'model') {
    const { usedOf } = optimizerNamed(method.optimizer.kind)!
    const earlier = forModels(spec, sources, usedOf!)
    return { turn: await playWarmStart(made, takenForModels(sources, earlier), []), earlier }
  }
  const thinned = thinTrials(sources, spec)
  const taken = thinned.map(({ study, trials, leftOut }) => ({ study, trials: trials.length, leftOut }))
  const turn = await playWarmStart(
    made,
    taken,
    thinned.flatMap(({ trials }) => trials),
  )
  return { turn, earlier: [] }
}

/** The ids of the newest finished studies that search half of this study's parameters for the same objective. */
async function finishedStudies(
  database: Database,
  { objective }: StudySpec,
  space: Space,
): Promise<string[]> {
  const rows = await database.query<StudyRow>(
    `select id, name, spec from studies
      where state = 'finished' and spec->'objective'->>'metric' = $1 and spec->'objective'->>'direction' = $2
        and (counters->'states'->>'complete')::int >= $3
      order by created_at desc, id limit ${CHOSEN.among}`,
    [objective.metric, objective.direction, CHOSEN.trials],
  )
  const alike = rows.filter(({ spec }) => 2 * sharedParameters(space, spec) >= space.searched.length)
  return alike.slice(0, CHOSEN.studies).map(({ id }) => id)
}

/** The trials that ran to their end, as many as the optimizer uses. */
function forModels(
  { objective }: StudySpec,
  sources: readonly WarmStartSource[],
  usedOf: NonNullable<Optimizer<unknown>['usedOf']>,
): StoredEarlier[] {
  const sign = objective.direction === 'maximize' ? -1 : 1
  const losses = sources.map(({ id, study, trials }) => ({ id, study, trials: lossesOf(trials, sign) }))
  return usedOf(losses).map(({ id, study, trials }) => ({
    id,
    study,
    trials: trials.map(({ params, value }) => ({ params, value: sign * value })),
  }))
}

function takenForModels(sources: readonly WarmStartSource[], earlier: readonly StoredEarlier[]): WarmStart[] {
  return sources.map(({ id, study, trials, leftOut }) => {
    const count = earlier.find((one) => one.id === id)?.trials.length ?? 0
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
  readonly seq: number
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
  database: Database,
  spec: StudySpec,
  space: Space,
  nameOrId: string,
  place: number,
): Promise<WarmStartSource> {
  const [study] = await database.query<StudyRow>(
    `select id, name, spec from studies where ${ID.test(nameOrId) ? 'id = $1::uuid' : 'name = $1'}`,
    [nameOrId],
  )
  if (study === undefined) refuseWarmStart(place, `there is no study ${JSON.stringify(nameOrId)}`)
  checkComparable(study, spec, space, place)
  const isForModel = spec.warmStart!.as === 'model'
  const trials: WarmStartSource['trials'][number][] = []
  let leftOut = 0
  for await (const rows of settledTrials(database, study.id)) {
    const here = await mapInSlices(rows, (row) =>
      trialHere(study, row, isForModel ? row.params : translateParams(space, row.params)),
    )
    trials.push(...here.filter((trial) => trial !== undefined))
    leftOut += here.filter((trial) => trial === undefined).length
  }
  return { id: study.id, study: study.name, trials, leftOut }
}

/** Pages of them, in the order in which they ended. */
async function* settledTrials(database: Database, studyId: string): AsyncGenerator<TrialRow[]> {
  for (let after = 0; ; ) {
    const rows = await database.query<TrialRow>(
      `select e.seq, t.number, t.params, t.state, t.failure, t.value, t.peak_memory_mb as peak, t.foreseen, t.proposal->'origin' as origin
         from events e join trials t using (study_id, number)
        where e.study_id = $1 and e.kind = 'settled' and e.seq > $2 order by e.seq limit ${READ_PAGE}`,
      [studyId, after],
    )
    yield rows
    if (rows.length < READ_PAGE) return
    after = rows.at(-1)!.seq
  }
}

/** Undefined where its configuration has no place in this space. */
function trialHere(
  study: StudyRow,
  { number, state, failure, value, peak, foreseen, origin }: TrialRow,
  params: Params | undefined,
): WarmStartSource['trials'][number] | undefined {
  if (params === undefined) return undefined
  const told = {
    outcome: failure ?? (state as 'complete' | 'pruned'),
    ...(value !== null && { value }),
    ...(peak !== null && { peakMemoryMb: peak }),
  }
  const from = origin ?? { study: study.name, id: study.id, number }
  return { params, told, ...(foreseen && { foreseen }), origin: from }
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
