/** `outside`: the defaults on problems of other people, trial by trial, beside Optuna's samplers. */
import { fingerprint, openCache } from '../cache.js'
import { pool, workerBeside } from '../pool.js'
import { openProgress } from '../progress.js'
import { type Bench, chosenFrom, type Measurement, type Subject } from '../subject.js'
import { type Method, trials } from '../transfer/run.js'
import { methods, yardstick } from './methods.js'
import { type Problem, problems } from './problems.js'
import type { Run, Score } from './run.js'
import { COUNTS, leftOf, pairsOf, type Runs, rowsOf } from './summary.js'
import { curvesPicture, overviewTable, pairsTable, problemsTable } from './tables.js'

export const outside: Subject = {
  name: 'outside',
  about:
    'the defaults on models and pipelines of scikit-learn and functions of COCO, beside Optuna’s samplers',
  measure,
}

const SEEDS = 5

async function measure(bench: Bench): Promise<Measurement> {
  const { python, versions, lacks } = await bench.peers()
  const missing = [
    ...problems(bench.quick).map(({ id, package: needed }) => ({ row: id, because: lacks(needed) })),
    ...methods.map((method) => ({
      row: method.label,
      because: method.by === 'peer' ? lacks(method.package) : undefined,
    })),
  ].flatMap(({ row, because }) => (because ? [{ row, because }] : []))
  const able = problems(bench.quick).filter(({ package: needed }) => !lacks(needed))
  const chosen = chosenFrom(methods, bench.methods && [...bench.methods, yardstick]).filter(
    (method) => method.by === 'us' || !lacks(method.package),
  )
  const batches = bench.workers ?? [1]
  const { runs, faults } = await runAll(able, chosen, batches, { ...bench, python: python!, versions })
  const measured = batches.map((batch) => {
    const left = leftOf(
      runs.filter((one) => one.batch === batch),
      yardstick,
    )
    return { batch, left, rows: rowsOf(left, batch), pairs: pairsOf(left) }
  })
  return {
    tables: measured.flatMap(({ batch, left, rows, pairs }) => [
      overviewTable(rows, methods, batch),
      ...(pairs.length > 0 ? [pairsTable(pairs, methods, batch)] : []),
      problemsTable(left, batch),
    ]),
    pictures: Object.fromEntries(
      measured
        .filter(({ left }) => left.length > 0)
        .map(({ batch, left }) => [`outside${batch === 1 ? '' : `-${batch}`}`, curvesPicture(left)]),
    ),
    versions,
    missing: [...missing, ...faults],
    rows: measured.flatMap(({ rows }) => rows),
    raw: runs.map(({ problem, method, batch, scores }) => ({
      problem: problem.id,
      method: method.id,
      batch,
      scores: scores.map((score) => score && bestOf(score)),
    })),
  }
}

/** What the best is worth after so many trials, and what would be taken home. */
function bestOf({ worths, recommended }: Score) {
  const best = COUNTS.map((count) => Math.min(...worths.slice(0, count).map((worth) => worth ?? Infinity)))
  return { best, recommended: recommended === null ? best.at(-1) : worths[recommended] }
}

type Setting = Pick<Bench, 'resume' | 'processes' | 'seeds' | 'quick'> & {
  readonly python: string
  readonly versions: Readonly<Record<string, string>>
}

async function runAll(
  able: readonly Problem[],
  chosen: readonly Method[],
  batches: readonly number[],
  { python, versions, resume, processes, quick, seeds = quick ? 1 : SEEDS }: Setting,
) {
  const cache = openCache(resume)
  const keyOf = keysFor(versions)
  const groups = batches.flatMap((batch) =>
    able.flatMap((problem) => chosen.map((method) => ({ problem, method, batch }))),
  )
  // By seed first, so that a bench that is interrupted has every problem.
  const runs = Array.from({ length: seeds }, (_, seed) =>
    groups.map((group): Run => ({ ...group, seed, python })),
  ).flat()
  const scores = new Map(runs.map((run) => [run, cache.get<Score>(keyOf(run))]))
  const open = runs.filter((run) => !scores.get(run))
  const progress = openProgress('outside', open.length)
  const faults: { readonly row: string; readonly because: string }[] = []
  await pool<Run, Score>(workerBeside(import.meta.url), open, processes, (run, answer) => {
    const name = `${run.method.id}, ${run.problem.id}, seed ${run.seed}, ${run.batch} at a time`
    progress.step(name)
    if ('fault' in answer) {
      faults.push({ row: name, because: answer.fault })
    } else {
      scores.set(run, answer.done)
      cache.put(keyOf(run), answer.done)
    }
  })
  progress.end()
  const inGroups = groups.map((group, i): Runs => {
    const own = Array.from({ length: seeds }, (_, seed) => runs[seed * groups.length + i]!)
    return { ...group, scores: own.map((run) => scores.get(run)) }
  })
  return { runs: inGroups, faults }
}

/** Everything that a run's score depends on. */
function keysFor(versions: Readonly<Record<string, string>>): (run: Run) => object {
  const codes = new Map<string, string>()
  const codeOf = (files: readonly string[]) => {
    const known = codes.get(files.join()) ?? fingerprint(files)
    codes.set(files.join(), known)
    return known
  }
  const served = ['problems.py', 'learning.py', 'tasks.py', 'coco.py', 'run.ts'].map(
    (file) => `bench/transfer/${file}`,
  )
  const shared = ['optimizers/surrogate', 'optimizers/math', 'optimizers/condition.ts', 'optimizers/stall.ts']
  return ({ method, problem, seed, batch }) => {
    const own = method.by === 'us' ? [method.folder, ...shared] : [`bench/peers/${method.module}`]
    return {
      subject: 'outside',
      id: method.id,
      told: problem.told,
      seed,
      batch,
      trials,
      code: codeOf(['bench/outside/run.ts', ...served, ...own]),
      problems: `${problem.package}==${versions[problem.package]}`,
      peer: method.by === 'peer' ? `${method.package}==${versions[method.package]}` : null,
    }
  }
}
