/**
 * `importance`: from the trials of five searches on the simulated H200, who says best which parameters matter? The truth is the
 * landscape itself, without noise.
 */
import { mean } from '../../src/statistics/describe.js'
import { fingerprint, openCache } from '../cache.js'
import { pool, workerBeside } from '../pool.js'
import { openProgress } from '../progress.js'
import { type Bench, chosenFrom, type Measurement, type Subject } from '../subject.js'
import type { Row } from './rows.js'
import type { Run, Score } from './run.js'
import { importanceTable, speedTable } from './tables.js'

export const importance: Subject = {
  name: 'importance',
  about: 'which parameters matter, said from the trials of five searches, beside Optuna’s evaluators',
  measure,
}

const SEEDS = 8
const OPTIMIZERS = ['random', 'sobol', 'tpe', 'cma-es', 'gp'].map((id) => ({ id }))

async function measure(bench: Bench): Promise<Measurement> {
  const chosen = chosenFrom(OPTIMIZERS, bench.methods ?? (bench.quick ? ['random', 'tpe'] : undefined))
  const environment = await bench.peers()
  const because = environment.lacks('optuna') ?? environment.lacks('scikit-learn')
  const python = because === undefined ? environment.python : undefined
  const seeds = Array.from({ length: bench.seeds ?? (bench.quick ? 1 : SEEDS) }, (_, seed) => seed)
  const runs = seeds.flatMap((seed) =>
    chosen.map(
      ({ id }): Run => ({
        optimizer: id,
        search: { optimizer: { kind: id }, preflight: 'off' },
        seed,
        ...(python && { python }),
      }),
    ),
  )
  const { scores, faults } = await runAll(runs, bench)
  const rows = chosen.flatMap(({ id }) =>
    rowOf(
      id,
      scores.filter(({ run }) => run.optimizer === id).map(({ score }) => score),
    ),
  )
  return {
    tables: [importanceTable(rows), speedTable(rows)],
    pictures: {},
    versions: environment.versions,
    missing: [...(because === undefined ? [] : [{ row: 'Optuna', because }]), ...faults],
    rows,
    raw: scores.map(({ run: { optimizer, seed }, score }) => ({ optimizer, seed, ...score })),
  }
}

async function runAll(runs: readonly Run[], { resume, processes }: Bench) {
  const cache = openCache(resume)
  const code = fingerprint([
    'optimizers',
    'search-spaces',
    'trainer/landscape',
    'bench/importance',
    'bench/peers/importance.py',
  ])
  const keyOf = ({ python, ...run }: Run) => ({
    subject: 'importance',
    code,
    peers: python !== undefined,
    ...run,
  })
  const scores = new Map(runs.map((run) => [run, cache.get<Score>(keyOf(run))]))
  const open = runs.filter((run) => scores.get(run) === undefined)
  const faults: { readonly row: string; readonly because: string }[] = []
  const progress = openProgress('importance', open.length)
  await pool<Run, Score>(workerBeside(import.meta.url), open, processes, (run, answer) => {
    const name = `${run.optimizer}, seed ${run.seed}`
    progress.step(name)
    if ('fault' in answer) faults.push({ row: name, because: answer.fault })
    else {
      scores.set(run, answer.done)
      cache.put(keyOf(run), answer.done)
    }
  })
  progress.end()
  const measured = [...scores].flatMap(([run, score]) => (score === undefined ? [] : [{ run, score }]))
  return { scores: measured, faults }
}

function rowOf(optimizer: string, scores: readonly Score[]): Row[] {
  if (scores.length === 0) return []
  const means = (of: (score: Score) => Readonly<Record<string, number>>) =>
    Object.fromEntries(
      Object.keys(of(scores[0]!)).map((id) => [id, mean(scores.map((score) => of(score)[id]!))]),
    )
  return [
    {
      optimizer,
      seeds: scores.length,
      r2: mean(scores.map(({ r2 }) => r2)),
      correlations: means(({ correlations }) => correlations),
      seconds: means(({ seconds }) => seconds),
    },
  ]
}
