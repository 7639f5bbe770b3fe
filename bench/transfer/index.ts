/** `transfer`: the same defaults on problems that no default was chosen by, beside Optuna's TPE. */
import { fingerprint, openCache } from '../cache.js'
import { pool, workerBeside } from '../pool.js'
import { openProgress } from '../progress.js'
import { type Bench, chosenFrom, type Measurement, type Subject } from '../subject.js'
import { methods, reference } from './methods.js'
import { type Group, groupsOf } from './problems.js'
import { type Run, type Score, trials } from './run.js'
import { type Runs, summarise } from './summary.js'
import { transferTable } from './tables.js'

export const transfer: Subject = {
  name: 'transfer',
  about:
    'the defaults on noisy and mixed-integer functions and on models of scikit-learn, beside Optuna’s TPE',
  measure,
}

async function measure(bench: Bench): Promise<Measurement> {
  const { python, versions, lacks } = await bench.peers()
  const groups = groupsOf(bench.seeds ?? (bench.quick ? 1 : 2), bench.quick)
  const missing = groups.flatMap((group) => {
    const because = lacks(group.package) ?? lacks('optuna')
    return because ? [{ row: group.label, because }] : []
  })
  const able = groups.filter(({ label }) => missing.every(({ row }) => row !== label))
  const chosen = chosenFrom(methods, bench.methods && [...bench.methods, reference.id])
  const { runs, faults } = await runAll(able, chosen, { ...bench, python: python!, versions })
  const rows = runs
    .filter(({ method, scores }) => method !== reference && scores.some((score) => score))
    .map((own) => summarise(own, runs.find((one) => one.group === own.group && one.method === reference)!))
  return {
    tables: [transferTable(rows, able, chosen)],
    pictures: {},
    versions,
    missing: [...missing, ...faults],
    rows,
    raw: runs.map(({ group, method, scores }) => ({ group: group.id, method: method.id, scores })),
  }
}

type Setting = Pick<Bench, 'resume' | 'processes'> & {
  readonly python: string
  readonly versions: Readonly<Record<string, string>>
}

async function runAll(groups: readonly Group[], chosen: typeof methods, setting: Setting) {
  const { python, resume, processes } = setting
  const cache = openCache(resume)
  const keyOf = keysFor(setting.versions)
  // By task first, so that a bench that is interrupted has pairs.
  const runs = groups.flatMap(({ tasks }) =>
    tasks.flatMap((task) => chosen.map((method): Run => ({ method, task, python }))),
  )
  const scores = new Map(runs.map((run) => [run, cache.get<Score>(keyOf(run))]))
  const open = runs.filter((run) => !scores.get(run))
  const progress = openProgress('transfer', open.length)
  const faults: { readonly row: string; readonly because: string }[] = []
  await pool<Run, Score>(workerBeside(import.meta.url), open, processes, (run, answer) => {
    const name = `${run.method.id}, ${Object.values(run.task.problem).join(' ')}, seed ${run.task.seed}`
    progress.step(name)
    if ('fault' in answer) {
      faults.push({ row: name, because: answer.fault })
    } else {
      scores.set(run, answer.done)
      cache.put(keyOf(run), answer.done)
    }
  })
  progress.end()
  const inGroups = groups.flatMap((group) =>
    chosen.map((method): Runs => {
      const own = runs.filter((run) => run.method === method && group.tasks.includes(run.task))
      return { group, method, scores: own.map((run) => scores.get(run)) }
    }),
  )
  return { runs: inGroups, faults }
}

const shared = ['bench/transfer/problems.py', 'bench/transfer/run.ts']

/** Everything that a run's score depends on. */
function keysFor(versions: Readonly<Record<string, string>>): (run: Run) => object {
  const codes = new Map<string, string>()
  const versionOf = (name: string) => `${name}==${versions[name]}`
  const codeOf = (files: readonly string[]) => {
    const code = codes.get(files.join()) ?? fingerprint([...shared, ...files])
    codes.set(files.join(), code)
    return code
  }
  return ({ method, task }) => {
    const own = method.by === 'us' ? method.folder : `bench/peers/${method.module}`
    const [file, library] =
      'function' in task.problem ? ['coco.py', 'coco-experiment'] : ['learning.py', 'scikit-learn']
    const peer = method.by === 'peer' ? versionOf(method.package) : null
    const code = codeOf([own, `bench/transfer/${file}`])
    return { subject: 'transfer', id: method.id, ...task, trials, code, problems: versionOf(library), peer }
  }
}
