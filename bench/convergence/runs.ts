/** Runs of COCO's suites, by bench/bbob/run.py: it holds the problems and the peers, and speaks to ours. */

import { fromRoot } from '../../src/root.js'
import { fingerprint } from '../cache.js'
import { startPeer } from '../peers/process.js'

export interface Suite {
  readonly name: 'bbob' | 'bbob-mixint'
  /** As run.py names them; the others are measured against the last. */
  readonly algorithms: readonly string[]
  readonly dimensions: readonly number[]
  readonly functions: readonly number[]
  readonly instances: number
  /** Instances after which a function that an algorithm has not solved once is given up, unsolved. */
  readonly patience: number
  /** Evaluations, times the dimension. */
  readonly budget: number
}

export const suites: readonly Suite[] = [
  {
    name: 'bbob',
    algorithms: ['chiron', 'pycma'],
    dimensions: [2, 5, 10, 20],
    functions: upTo(24),
    instances: 15,
    patience: 5,
    budget: 2000,
  },
  {
    name: 'bbob-mixint',
    algorithms: ['chiron-space', 'cmawm', 'catcmawm'],
    dimensions: [5, 10],
    functions: upTo(24),
    instances: 5,
    patience: 5,
    budget: 500,
  },
]

export const quickSuites: readonly Suite[] = suites.map((suite) => ({
  ...suite,
  dimensions: [5],
  functions: [1, 3, 8, 15],
  instances: 2,
  budget: 500,
}))

/** One algorithm on all instances of one function in one dimension. */
export interface Job {
  readonly suite: Suite
  readonly algorithm: string
  readonly dimension: number
  readonly function: number
}

export interface Line {
  readonly function: number
  readonly dimension: number
  readonly instance: number
  readonly algorithm: string
  readonly evaluations: number
  /** Evaluations to each of 51 targets from 10² down to 10⁻⁸ above the optimum; null where it was not reached. */
  readonly runtimes: readonly (number | null)[]
}

export function jobsOf(suite: Suite): Job[] {
  return suite.dimensions.flatMap((dimension) =>
    suite.functions.flatMap((number) =>
      suite.algorithms.map((algorithm) => ({ suite, algorithm, dimension, function: number })),
    ),
  )
}

export async function runJob(python: string, job: Job): Promise<Line[]> {
  const { name, instances, patience, budget } = job.suite
  const peer = startPeer(python, fromRoot('bench/bbob/run.py'), [
    ...['--serve', fromRoot('dist/bench/bbob/serve.js'), '--suite', name, '--algorithms', job.algorithm],
    ...['--dimension', String(job.dimension), '--functions', String(job.function)],
    ...['--instances', `1-${instances}`, '--patience', String(patience), '--budget', String(budget)],
  ])
  const lines: Line[] = []
  for (let line = await peer.receive(); line; line = await peer.receive()) lines.push(line as Line)
  return lines
}

/** Everything that a job's lines depend on. */
export function jobKey({ suite, ...job }: Job, versions: Readonly<Record<string, string>>): object {
  const { name, instances, patience, budget } = suite
  const by = isOurs(job.algorithm) ? sources() : peers.map((each) => `${each}==${versions[each]}`)
  const problems = [fingerprint(['bench/bbob/run.py']), versions['coco-experiment']]
  return { subject: 'bbob', name, instances, patience, budget, ...job, by, problems }
}

export function isOurs(algorithm: string): boolean {
  return algorithm.startsWith('chiron')
}

const peers = ['cma', 'cmaes']

let code: string | undefined

function sources(): string {
  const folders = ['optimizers/cmaes', 'optimizers/math', 'search-spaces']
  code ??= fingerprint([...folders, 'optimizers/rng.ts', 'bench/bbob/serve.ts'])
  return code
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1)
}
