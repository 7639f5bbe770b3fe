/** `quality`: what each method finds in 24 simulated H200 hours, beside what its peers find in the same hours. */
import { openCache } from '../cache.js'
import { pool, workerBeside } from '../pool.js'
import { openProgress } from '../progress.js'
import type { Bench, Measurement, Subject } from '../subject.js'
import { cacheKey } from './key.js'
import type { Method } from './methods.js'
import { bestPicture, parallelPicture, regretPicture } from './pictures.js'
import { planRuns } from './plan.js'
import { groupKey, openPublished } from './published.js'
import { type Run, type Score, targetBpb } from './run.js'
import { type Comparison, compare, type Group, levelsOf, type Row, summarise } from './summary.js'
import { comparisonTable, levelsTable, methodsTable, workersOf } from './tables.js'

export const quality: Subject = {
  name: 'quality',
  about: 'methods × seeds on the simulated H200, beside Optuna, cmaes, SMAC3 and Ax',
  measure,
}

/** What a good method reaches towards the end of its day, and what only the best ones do. */
const further = [0.9745, 0.974]

async function measure(bench: Bench): Promise<Measurement> {
  const { methods, runs, missing, versions } = await planRuns(bench)
  const { scores, faults } = await runAll(runs, bench)
  const groups = groupsOf(methods, runs, scores)
  const workers = [...new Set(groups.map((group) => group.workers))]
  const levels = levelsOf(groups, [targetBpb, ...further])
  const parts = workers.map((count) => partOf(groups.filter((group) => group.workers === count)))
  return {
    tables: [
      ...parts.map(({ rows }) => methodsTable(rows)),
      ...parts.flatMap(({ families }) => families.map((family) => comparisonTable(family, methods))),
      ...(levels.length > 0 ? [levelsTable(levels, methods)] : []),
    ],
    pictures: picturesOf(parts),
    versions,
    missing: [...missing, ...faults],
    rows: [...parts.flatMap(({ rows, families }) => [...rows, ...families.flat()]), ...levels],
    raw: groups.map(({ method, workers, scores }) => {
      return { id: method.id, workers, key: groupKey({ method, workers, seed: 0 }), scores }
    }),
  }
}

/** All that was measured with so many workers. */
interface Part {
  readonly groups: readonly Group[]
  readonly rows: readonly Row[]
  readonly families: readonly (readonly Comparison[])[]
}

function partOf(groups: readonly Group[]): Part {
  const families = [compare(groups, 'best'), compare(groups, 'truth')].filter((family) => family.length > 0)
  return { groups, rows: groups.map(summarise), families }
}

function picturesOf(parts: readonly Part[]): Record<string, string> {
  const single = parts.find(({ groups }) => groups[0]!.workers === 1)
  const all = parts.flatMap(({ groups }) => groups)
  return {
    ...(single && { 'quality-regret': regretPicture(single.groups) }),
    ...(single && { 'quality-best': bestPicture(single.groups, single.rows) }),
    ...(parts.length > 1 && { 'quality-parallel': parallelPicture(all) }),
  }
}

interface Ran {
  readonly scores: ReadonlyMap<Run, Score>
  readonly faults: readonly { readonly row: string; readonly because: string }[]
}

async function runAll(runs: readonly Run[], { resume, processes }: Bench): Promise<Ran> {
  const cache = openCache(resume)
  const published = resume ? openPublished() : () => undefined
  const scores = new Map<Run, Score>()
  const faults = new Map<Method, string>()
  for (const run of runs) {
    const known = cache.get<Score>(cacheKey(run)) ?? published(run)
    if (known) scores.set(run, known)
  }
  const open = runs.filter((run) => !scores.has(run))
  const progress = openProgress('quality', open.length)
  await pool<Run, Score>(workerBeside(import.meta.url), open, processes, (run, answer) => {
    const which = `seed ${run.seed}, ${workersOf(run.workers)}`
    progress.step(`${run.method.id}, ${which}`)
    if ('fault' in answer) {
      faults.set(run.method, `${which}: ${answer.fault}`)
    } else {
      scores.set(run, answer.done)
      cache.put(cacheKey(run), answer.done)
    }
  })
  progress.end()
  return { scores, faults: [...faults].map(([{ label }, because]) => ({ row: label, because })) }
}

/** A group holds the seeds from 0 up to the first that failed: pairs are by seed. */
function groupsOf(
  methods: readonly Method[],
  runs: readonly Run[],
  scores: ReadonlyMap<Run, Score>,
): Group[] {
  const workers = [...new Set(runs.map((run) => run.workers))]
  const groups = workers.flatMap((count) =>
    methods.map((method) => {
      const own = runs.filter((run) => run.method === method && run.workers === count)
      const failed = own.findIndex((run) => !scores.has(run))
      const whole = failed === -1 ? own : own.slice(0, failed)
      return { method, workers: count, scores: whole.map((run) => scores.get(run)!) }
    }),
  )
  return groups.filter((group) => group.scores.length > 0)
}
