/** What is stored with a cell that has ended. Reading it once at the end spares every later analysis a scan of trials. */
import type { Params } from '../../search-spaces/index.js'
import { landscape, truth } from '../../trainer/landscape/index.js'
import { keptProgram, meanValue } from '../agents/program-values.js'
import type { Trainers } from '../dispatch/profiles/profiles.js'
import { endedTrials, shareOf } from '../domain/counters.js'
import type { CellFigures, IncumbentSteps } from '../domain/experiment.js'
import { readCommand } from '../engine/read-command.js'
import type { StudyQueues } from '../engine/study-queue.js'
import type { Database } from '../storage/database.js'
import { readProgram } from '../storage/programs.js'
import type { StudyRow } from '../studies/read-studies.js'
import { readRecommendation } from '../studies/recommendation.js'
import { paramsOf } from '../trials/commands/agent-turn.js'
import type { RepeatedProgram } from '../trials/commands/repeat-configuration.js'

interface Site {
  readonly database: Database
  readonly queues: StudyQueues
  readonly trainers: Trainers
}

export type Recommended = Pick<CellFigures['recommended'], 'number' | 'params'>

/** What is run again at the end; of an agent with the program that it runs in. */
export interface ToRepeat {
  readonly params: Params
  readonly program: RepeatedProgram | null
}

export async function toRepeat(site: Site, row: StudyRow): Promise<ToRepeat> {
  const program = await recommendedProgram(site, row)
  return program ?? { params: (await recommendedOf(site, row)).params, program: null }
}

/**
 * The kept program with its own constants, unless a trial of the optimizer on it was better than its mean. Null where nobody edits
 * programs.
 */
async function recommendedProgram({ database, queues }: Site, row: StudyRow): Promise<ToRepeat | null> {
  const kept = await queues.run(
    row.id,
    readCommand(async (study) => {
      const program = study.ledger && keptProgram(study.ledger)
      if (!program) return null
      return { program, params: await paramsOf(study, program.constants) }
    }),
  )
  if (kept === null) return null
  const { program, params } = kept
  const stored = (await readProgram(database, row.id, program.hash))!
  const sign = row.spec.objective.direction === 'maximize' ? -1 : 1
  const [tuned] = await database.query<{ params: Params; value: number }>(
    `select params, value from trials
      where study_id = $1 and state = 'complete' and proposal->'program'->>'hash' = $2 and proposal->'program'->>'own' = 'false'
      order by $3::int * value limit 1`,
    [row.id, program.hash, sign],
  )
  const isTuned = tuned !== undefined && sign * tuned.value < meanValue(program)!
  return { params: isTuned ? tuned.params : params, program: { ...stored, own: !isTuned } }
}

/** What the arm recommends: by its optimizer's model where it has one, else the best observed configuration. */
export async function recommendedOf({ database, queues }: Site, row: StudyRow): Promise<Recommended> {
  const { recommended } = await readRecommendation(queues, row)
  if (recommended !== undefined) {
    const { number, params } = recommended
    return { ...(number !== undefined && { number }), params }
  }
  const [best] = await database.query<{ params: Params }>(
    'select params from trials where study_id = $1 and number = $2',
    [row.id, row.bestNumber],
  )
  return { number: row.bestNumber!, params: best!.params }
}

export async function cellFigures(
  site: Site,
  study: StudyRow,
  endpointStudy: StudyRow | null,
): Promise<CellFigures> {
  const { counters } = study
  const [runs, calls] = await Promise.all([
    endpointStudy === null ? undefined : runsOf(site.database, endpointStudy.id),
    counters.advice.calls === 0 ? { seconds: 0 } : llmUse(site.database, study.id),
  ])
  const recommended =
    endpointStudy === null ? await bestObserved(site, study) : await ranBy(site, endpointStudy, study)
  const program = endpointStudy === null ? null : await programOf(site.database, endpointStudy.id)
  const ended = endedTrials(counters)
  const { turns, taken } = counters.advice
  return {
    best: study.bestValue,
    endpoint: runs === undefined ? study.bestValue : runs.values.length === 0 ? null : mean(runs.values),
    ...(runs && { runs: runs.values, failedRuns: endedTrials(endpointStudy!.counters) - runs.values.length }),
    ...(runs && runs.sealed.length > 0 && { sealed: mean(runs.sealed) }),
    recommended: { ...recommended, ...(program !== null && { program }) },
    ...worthOf(site.trainers, study, recommended.params),
    trials: ended,
    trainSeconds: counters.trainSeconds,
    endpointSeconds: endpointStudy?.counters.trainSeconds ?? 0,
    oomRate: shareOf(counters.failures.oom ?? 0, ended),
    dollars: counters.advice.dollars,
    llmCalls: counters.advice.calls,
    llmSeconds: calls.seconds,
    advised: shareOf(taken, counters.proposed),
    fallbacks: turns - taken,
  }
}

async function bestObserved({ database }: Site, row: StudyRow): Promise<Recommended> {
  const [best] = await database.query<{ params: Params }>(
    'select params from trials where study_id = $1 and number = $2',
    [row.id, row.bestNumber],
  )
  return { number: row.bestNumber!, params: best!.params }
}

/** The configuration that the study of the endpoint ran, as its first trial has it. */
async function ranBy({ database }: Site, endpointStudy: StudyRow, study: StudyRow): Promise<Recommended> {
  const [found] = await database.query<{ params: Params; number: number | null }>(
    `select r.params, (select min(t.number) from trials t where t.study_id = $2 and t.params_key = r.params_key) as number
       from trials r where r.study_id = $1 and r.number = 0`,
    [endpointStudy.id, study.id],
  )
  const { params, number } = found!
  return { ...(number !== null && { number }), params }
}

async function programOf(database: Database, endpointStudy: string): Promise<string | null> {
  const [first] = await database.query<{ hash: string | null }>(
    `select proposal->'program'->>'hash' as hash from trials where study_id = $1 and number = 0`,
    [endpointStudy],
  )
  return first?.hash ?? null
}

/** Their values, and those by sealed data where the task has such. */
async function runsOf(
  database: Database,
  studyId: string,
): Promise<{ readonly values: number[]; readonly sealed: number[] }> {
  const rows = await database.query<{ value: number; sealed: number | null }>(
    `select value, case when json_typeof(metrics->'sealed') = 'number' then (metrics->>'sealed')::float8 end as sealed
       from trials where study_id = $1 and state = 'complete' order by number`,
    [studyId],
  )
  return {
    values: rows.map(({ value }) => value),
    sealed: rows.flatMap(({ sealed }) => (sealed === null ? [] : sealed)),
  }
}

export async function incumbentSteps(database: Database, studyId: string): Promise<IncumbentSteps> {
  const rows = await database.query<{ trainSeconds: number; value: number }>(
    'select train_seconds as "trainSeconds", value from incumbents where study_id = $1 order by seq',
    [studyId],
  )
  return rows.map(({ trainSeconds, value }) => [trainSeconds / 3600, value])
}

async function llmUse(database: Database, studyId: string): Promise<{ seconds: number }> {
  const [row] = await database.query<{ seconds: number }>(
    'select coalesce(sum(latency_ms), 0)::float8 / 1000 as seconds from llm_calls where study_id = $1',
    [studyId],
  )
  return row!
}

/** The noise-free value of a configuration, which only a simulated card can tell. */
function worthOf(trainers: Trainers, { spec }: StudyRow, params: Params): { worth?: number } {
  const profile = spec.trainer === undefined ? undefined : trainers.get(spec.trainer)?.profile
  return profile?.kind === 'simulated' ? { worth: truth(landscape(), params) } : {}
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
