/** Pauses, resumes and stops experiments, adds seeds and arms, runs cells again, and deletes experiments. */
import type { ExperimentChange, ExperimentPlan } from '../domain/experiment.js'
import { Fault } from '../faults.js'
import type { Database } from '../storage/database.js'
import type { StudyRow } from '../studies/read-studies.js'
import { updateStudy } from '../trials/commands/update-study.js'
import { type CellSite, endedEarly } from './cell.js'
import { againName, cellName } from './cell-names.js'
import { cellsOf } from './create-experiment.js'
import { finishStudies, pauseStudies, resumeStudies } from './follow-state.js'
import { moveExperiment } from './moves.js'
import { duplicatesAt, planArms, refuse, seedsOf } from './plan.js'
import {
  type CellRow,
  type ExperimentRow,
  OPEN_CELLS,
  readCells,
  readExperiment,
  readStudiesOf,
} from './read-experiments.js'
import { whatPlanCanShow } from './what-plan-can-show.js'

export async function pauseExperiment(site: CellSite, row: ExperimentRow, reason?: string): Promise<void> {
  const why = reason ?? 'It was paused by request'
  await moveExperiment(site.database, row.id, {
    from: ['running'],
    to: 'paused',
    kind: 'paused',
    reason: why,
  })
  await pauseStudies(site.queues, (await openStudies(site.database, row)).values())
}

/** A stopped experiment goes on with the cells that were stopped. */
export async function resumeExperiment(site: CellSite, row: ExperimentRow): Promise<void> {
  const stopped = (await readCells(site.database, row.id)).filter(({ state }) => state === 'stopped')
  for (const cell of stopped) await runCellAgain(site, row, cell)
  const from = stopped.length > 0 ? (['paused', 'finished', 'failed'] as const) : (['paused'] as const)
  await moveExperiment(site.database, row.id, { from, to: 'running', kind: 'resumed', reason: null })
  await resumeStudies(site.queues, (await openStudies(site.database, row)).values())
}

/** Ends the experiment. Cells that have ended keep their results; the others are stopped, and their studies finished. */
export async function stopExperiment(site: CellSite, row: ExperimentRow, reason?: string): Promise<void> {
  await site.database.query(
    `with version as (
       update experiments set state = 'finished', reason = $2, seq = seq + 1, updated_at = statement_timestamp()
        where id = $1 and state in ('running', 'paused') returning id, seq),
     stopped as (
       update cells set state = 'stopped', reason = $2, ended_at = statement_timestamp()
         from version where experiment_id = version.id and state in ('waiting', 'running', 'measuring'))
     insert into experiment_events (experiment_id, seq, kind, data)
     select id, seq, 'stopped', json_build_object('reason', $2::text) from version`,
    [row.id, reason ?? 'It was stopped by request'],
  )
  const stopped = (await readCells(site.database, row.id)).filter(({ state }) => state === 'stopped')
  await finishStudies(site.queues, (await readStudiesOf(site.database, stopped)).values())
}

async function openStudies(database: Database, { id }: ExperimentRow): Promise<Map<string, StudyRow>> {
  const open = (await readCells(database, id)).filter(({ state }) => OPEN_CELLS.includes(state))
  return readStudiesOf(database, open)
}

/** Runs a cell again that failed or was stopped. Whatever of it is still good is kept. */
export async function retryCell(
  site: CellSite,
  row: ExperimentRow,
  arm: string,
  seed: number,
): Promise<void> {
  const cell = (await readCells(site.database, row.id)).find((one) => one.arm === arm && one.seed === seed)
  if (cell === undefined)
    throw new Fault('cell_not_found', `${row.name} has no cell of the arm ${arm} and the seed ${seed}`)
  if (!(await runCellAgain(site, row, cell)))
    throw new Fault('cell_not_failed', `The cell of ${arm} and ${seed} is ${cell.state}`)
  const from = ['finished', 'failed'] as const
  await moveExperiment(site.database, row.id, { from, to: 'running', kind: 'resumed', reason: null })
}

/**
 * A study that was ended early goes on. One that spent its budget is measured again if it has a result, and otherwise
 * replaced by a new study.
 */
async function runCellAgain({ database, queues }: CellSite, { id, name }: ExperimentRow, cell: CellRow) {
  const rows = await readStudiesOf(database, [cell])
  const study = cell.studyId === null ? undefined : rows.get(cell.studyId)
  const goesOn = study !== undefined && (study.state !== 'finished' || endedEarly(study) !== null)
  const isGood = study !== undefined && (goesOn || study.bestNumber !== null)
  const attempt = cell.attempt + 1
  const again = study === undefined ? cell.study : againName(cellName(name, cell.arm, cell.seed), attempt)
  const moved = await database.query(
    `with cell as (
       update cells set state = case when $4::boolean then 'running' else 'waiting' end, reason = null, ended_at = null,
              attempt = $5, endpoint_study_id = null, result = null,
              study = case when $4::boolean then study else $6 end,
              study_id = case when $4::boolean then study_id end
        where experiment_id = $1 and arm = $2 and seed = $3::bigint and state in ('failed', 'stopped')
       returning experiment_id),
     version as (
       update experiments set seq = seq + 1, updated_at = statement_timestamp() from cell where id = cell.experiment_id
       returning id, seq)
     insert into experiment_events (experiment_id, seq, kind, data)
     select id, seq, 'cell-again', json_build_object('arm', $2::text, 'seed', $3::bigint) from version returning seq`,
    [id, cell.arm, cell.seed, isGood, attempt, again],
  )
  if (moved.length > 0 && goesOn && study.state !== 'active')
    await queues.run(study.id, updateStudy({ state: 'active' }))
  return moved.length > 0
}

/** Adds seeds and arms, which the record and every figure mark as additions. */
export async function changeExperiment(
  site: CellSite,
  nameOrId: string,
  change: ExperimentChange,
): Promise<ExperimentRow> {
  const row = await readExperiment(site.database, nameOrId)
  const plan = await extendPlan(site, row, change)
  const cells = newCells(row, plan)
  const changed = await site.database.query(
    `with version as (
       update experiments set plan = $3::text::json, parallel = coalesce($4::int, parallel),
              description = coalesce($5, description), seq = seq + 1, updated_at = statement_timestamp(),
              state = case when $6::boolean and state in ('finished', 'failed') then 'running' else state end,
              reason = case when $6::boolean and state in ('finished', 'failed') then null else reason end
        where id = $1 and seq = $2 returning id, seq),
     added as (
       insert into cells (experiment_id, position, arm, seed, study, added)
       select version.id, c.position, c.arm, c.seed, c.study, true
         from version, json_to_recordset($7::text::json) as c(position int, arm text, seed bigint, study text))
     insert into experiment_events (experiment_id, seq, kind, data)
     select id, seq, case when $6::boolean then 'extended' else 'changed' end, $8::text::json from version returning seq`,
    [
      row.id,
      row.seq,
      JSON.stringify(plan),
      change.parallel ?? null,
      change.description ?? null,
      cells.length > 0,
      JSON.stringify(cells),
      JSON.stringify(cells.length > 0 ? plan.additions.at(-1) : { parallel: change.parallel }),
    ],
  )
  if (changed.length > 0) return readExperiment(site.database, row.id)
  return changeExperiment(site, nameOrId, change) // a cell moved meanwhile
}

async function extendPlan(
  site: CellSite,
  { name, plan }: ExperimentRow,
  change: ExperimentChange,
): Promise<ExperimentPlan> {
  const known = new Set(plan.seeds)
  const listed = change.seeds === undefined ? [] : seedsOf(change.seeds)
  const seeds = typeof change.seeds === 'number' ? listed.filter((seed) => !known.has(seed)) : listed
  const given = change.arms ?? []
  refuse([
    ...duplicatesAt('seeds', null, [...plan.seeds, ...seeds], plan.seeds.length),
    ...duplicatesAt(
      'arms',
      'name',
      [...plan.arms, ...given].map((arm) => arm.name),
      plan.arms.length,
    ),
  ])
  if (seeds.length === 0 && given.length === 0) return plan
  const arms = await planArms(site, { name, study: plan.study, endpoint: plan.endpoint }, given)
  const { baseline } = plan
  const added = baseline === null ? [] : arms.map((arm) => ({ arm: arm.name, baseline }))
  const extended = {
    ...plan,
    seeds: [...plan.seeds, ...seeds],
    contrasts: [...plan.contrasts, ...added],
  }
  return {
    ...extended,
    arms: [...plan.arms, ...arms.map((arm) => ({ ...arm, added: true }))],
    outlook: whatPlanCanShow(extended),
    additions: [
      ...plan.additions,
      { at: new Date().toISOString(), arms: arms.map((arm) => arm.name), seeds },
    ],
  }
}

function newCells({ name, plan: before }: ExperimentRow, plan: ExperimentPlan) {
  const known = new Set(
    before.arms.flatMap((arm) => before.seeds.map((seed) => cellName(name, arm.name, seed))),
  )
  const all = cellsOf(name, plan.arms, plan.seeds, 0).filter(({ study }) => !known.has(study))
  return all.map((cell, i) => ({ ...cell, position: known.size + i }))
}

/** Deletes the experiment, its cells and their studies; while it runs it refuses, unless `force` is set. */
export async function deleteExperiment(
  database: Database,
  { id, name, state }: ExperimentRow,
  force: boolean,
): Promise<string[]> {
  const gone = await database.query<{ study: string | null }>(
    `with gone as (
       delete from experiments where id = $1 and ($2::boolean or state in ('finished', 'failed')) returning id),
     listed as (
       select unnest(array[study_id, endpoint_study_id]) as study from cells join gone on gone.id = experiment_id),
     deleted as (delete from studies where id in (select study from listed) returning id)
     select gone.id, deleted.id as study from gone left join deleted on true`,
    [id, force],
  )
  if (gone.length === 0)
    throw new Fault('experiment_busy', `${name} is ${state}: stop it first, or delete it with ?force=true`)
  return gone.flatMap(({ study }) => (study === null ? [] : [study]))
}
