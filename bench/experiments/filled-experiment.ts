/**
 * An experiment whose cells have all ended, with studies and trials as large as real ones, without running them: one cell runs,
 * and SQL copies its study and its trials to all others. Every cell gets figures and incumbents of its own.
 */
import { setTimeout } from 'node:timers/promises'
import { stream } from '../../optimizers/rng.js'
import type { CellFigures } from '../../src/domain/experiment.js'
import type { Sql } from '../../src/storage/database.js'
import { openDatabase } from '../../src/storage/open.js'
import { client } from '../service/client.js'
import { startServer } from '../service/server.js'
import type { Plan } from './run-experiment.js'

export interface Grid {
  readonly arms: number
  readonly seeds: number
  /** Of each cell. */
  readonly trials: number
  readonly incumbents: number
}

/** Where a service keeps its data: a folder, and a database unless that is in the folder. */
export interface Place {
  readonly folder: string
  readonly databaseUrl: string | undefined
}

export const NAME = 'filled'

export async function fillExperiment(place: Place, grid: Grid): Promise<void> {
  await runFirstCell(place, grid)
  const { folder, databaseUrl } = place
  const database = await openDatabase({
    ...(databaseUrl !== undefined && { url: databaseUrl }),
    dataDir: folder,
    pool: 2,
  })
  try {
    await database.transaction((tx) => endCells(tx, grid), COPY_LIMIT_MS)
    if (database.engine === 'postgres') await database.query('analyze')
  } finally {
    await database.close()
  }
}

/** More rows than a request may write in its time. */
const COPY_LIMIT_MS = 600_000

async function endCells(tx: Sql, grid: Grid): Promise<void> {
  await tx.query(COPY_STUDIES)
  await tx.query(COPY_TRIALS)
  const [first] = await tx.query<{ result: CellFigures }>(
    'select result from cells where result is not null order by position limit 1',
  )
  const cells = await tx.query<{ arm: string; seed: number }>('select arm, seed::int from cells')
  const ended = cells.map(({ arm, seed }, i) => ({ arm, seed, ...endedCell(first!.result, grid, i) }))
  for (let from = 0; from < ended.length; from += BATCH)
    await tx.query(END_CELLS, [JSON.stringify(ended.slice(from, from + BATCH))])
  await tx.query(`update experiments set state = 'finished'`)
}

async function runFirstCell({ folder, databaseUrl }: Place, grid: Grid): Promise<void> {
  const server = await startServer(databaseUrl, { CHIRON_DATA_DIR: folder })
  const http = client(server.url, 1)
  try {
    await http.post('/experiments', planOf(grid))
    for (;;) {
      const { experiments } = await http.get<{ experiments: { progress: { finished: number } }[] }>(
        '/experiments',
      )
      if (experiments[0]!.progress.finished > 0) break
      await setTimeout(100)
    }
    await http.post(`/experiments/${NAME}/pause`, {})
  } finally {
    http.close()
    await server.stop()
  }
}

/** Four looks: what an analysis has to compute grows with them. */
function planOf({ arms, seeds, trials }: Grid): Plan {
  const quarters = [0.4, 0.6, 0.8, 1].map((share) => Math.ceil(share * seeds))
  return {
    name: NAME,
    study: {
      space: 'autoresearch-14',
      objective: { metric: 'val_bpb', direction: 'minimize' },
      trainer: 'simulated-h200',
      budget: { trials },
    },
    arms: Array.from({ length: arms }, (_, i) => ({ name: `arm-${i}`, method: 'random' })),
    seeds,
    baseline: 'arm-0',
    looks: [...new Set(quarters)],
    parallel: 1,
  }
}

const BATCH = 50

/** The first cell's study may have been followed by a second one that was begun before the pause. */
const FIRST = `(select study_id from cells where result is not null order by position limit 1)`

const COPY_STUDIES = `
  with made as (
    insert into studies
    select copy.*
      from cells c, studies s,
           jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(), 'name', c.study || '.copy')) as copy
     where s.id = ${FIRST} and c.result is null
    returning id, name)
  update cells set study_id = made.id from made where made.name = cells.study || '.copy'`

const COPY_TRIALS = `
  insert into trials
  select copy.*
    from studies s join cells c on c.study_id = s.id and c.result is null, trials t,
         jsonb_populate_record(t, jsonb_build_object('study_id', s.id)) as copy
   where t.study_id = ${FIRST}`

const END_CELLS = `
  update cells set state = 'finished', started_at = statement_timestamp(), ended_at = statement_timestamp(),
         result = e.result, steps = e.steps
    from json_to_recordset($1::text::json) as e(arm text, seed bigint, result json, steps json)
   where cells.arm = e.arm and cells.seed = e.seed`

const SD = 0.001

/** No arm differs from another, but by noise. */
function endedCell(first: CellFigures, { incumbents }: Grid, place: number) {
  const rng = stream(place)
  const endpoint = 0.975 + SD * rng.normal()
  const steps = Array.from({ length: incumbents }, (_, i) => [
    (24 * i) / incumbents,
    endpoint + 0.05 * (1 - i / incumbents) ** 2 + 1e-6 * rng.uniform(),
  ])
  return { result: { ...first, endpoint, best: endpoint - SD / 2 }, steps }
}
