/** `bbob`: how fast cma-es converges on COCO's functions, beside pycma and cmaes. */
import { openCache } from '../cache.js'
import { atOnce } from '../pool.js'
import { openProgress } from '../progress.js'
import { type Bench, chosenFrom, type Measurement, type Subject } from '../subject.js'
import { convergenceTable, distributionPicture } from './report.js'
import { type Job, jobKey, jobsOf, type Line, quickSuites, runJob, type Suite, suites } from './runs.js'
import { summarise } from './summary.js'

export const bbob: Subject = {
  name: 'bbob',
  about: 'cma-es on COCO’s bbob and bbob-mixint, beside pycma and cmaes',
  measure,
}

const needed = ['cma', 'cmaes', 'coco-experiment']

async function measure(bench: Bench): Promise<Measurement> {
  const { python, versions, lacks } = await bench.peers()
  const because = needed.map(lacks).find((reason) => reason !== undefined)
  // COCO's problems come with its Python package: without it there is nothing to measure ours on either.
  if (!python || because) return nothing(because ?? 'there is no Python')
  const chosen = chosenSuites(bench)
  const { lines, faults } = await runAll(chosen.flatMap(jobsOf), python, versions, bench)
  const parts = chosen.map((suite) => {
    const own = lines.filter(({ job }) => job.suite === suite).flatMap((done) => done.lines)
    return { suite, own, rows: summarise(suite, own) }
  })
  return {
    tables: parts.map(({ suite, rows }) => convergenceTable(suite, rows)),
    pictures: Object.fromEntries(
      parts.map(({ suite, own }) => [`${suite.name}-targets`, distributionPicture(suite, own)]),
    ),
    versions,
    missing: faults,
    rows: parts.flatMap(({ rows }) => rows),
    raw: parts.map(({ suite, own }) => ({ suite, lines: own.map(compact) })),
  }
}

/** With the dimensions that are wanted: `bbob-20` is bbob in 20. */
function chosenSuites({ quick, seeds, methods }: Bench): Suite[] {
  const all = quick ? quickSuites : suites
  const rows = all.flatMap(({ name, dimensions }) => dimensions.map((n) => ({ id: `${name}-${n}`, name, n })))
  const chosen = chosenFrom(rows, methods)
  return all.flatMap((suite) => {
    const dimensions = chosen.filter(({ name }) => name === suite.name).map(({ n }) => n)
    return dimensions.length > 0 ? [{ ...suite, dimensions, instances: seeds ?? suite.instances }] : []
  })
}

interface Done {
  readonly job: Job
  readonly lines: readonly Line[]
}

async function runAll(
  jobs: readonly Job[],
  python: string,
  versions: Readonly<Record<string, string>>,
  { resume, processes }: Bench,
) {
  const cache = openCache(resume)
  const progress = openProgress('bbob', jobs.length)
  const lines: Done[] = []
  const faults: { readonly row: string; readonly because: string }[] = []
  await atOnce(jobs, processes, async (job) => {
    const key = jobKey(job, versions)
    const name = `${job.suite.name} f${job.function}, n = ${job.dimension}, ${job.algorithm}`
    try {
      const own = cache.get<Line[]>(key) ?? (await runJob(python, job))
      cache.put(key, own)
      lines.push({ job, lines: own })
    } catch (error) {
      faults.push({ row: name, because: (error as Error).message })
    }
    progress.step(name)
  })
  progress.end()
  return { lines, faults }
}

function nothing(because: string): Measurement {
  const missing = [{ row: 'bbob', because }]
  return { tables: [], pictures: {}, versions: {}, missing, rows: [], raw: [] }
}

/** A run as [function, dimension, instance, algorithm, evaluations, evaluations to 10⁻⁸]. */
function compact({ function: number, dimension, instance, algorithm, evaluations, runtimes }: Line) {
  return [number, dimension, instance, algorithm, evaluations, runtimes.at(-1)]
}
