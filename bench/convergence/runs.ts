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
  /** Evaluations, times the dimension. */
  readonly budget: number
}

export const suites: readonly Suite[] = [
  {
    name: 'bbob',
    algorithms: ['chiron', 'cmaes', 'pycma'],
    dimensions: [2, 5, 10],
    functions: upTo(24),
    instances: 15,
    budget: 2000,
  },
  {
    name: 'bbob-mixint',
    algorithms: ['chiron-space', 'cmawm', 'catcmawm'],
    dimensions: [5, 10],
    functions: upTo(24),
    instances: 15,
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

/** All algorithms on all instances of one function in one dimension. */
export interface Job {
  readonly suite: Suite
  readonly dimension: number
  readonly function: number
}

export interface Line {
  readonly function: number
  readonly dimension: number
  readonly instance: number
  readonly algorithm: string
  readonly evaluations: number
  /** Evaluations to each of 51 targets from 10² down to 10⁻⁸ above the best known; null where it was not reached. */
  readonly runtimes: readonly (number | null)[]
}

export function jobsOf(suite: Suite): Job[] {
  return suite.dimensions.flatMap((dimension) =>
    suite.functions.map((number) => ({ suite, dimension, function: number })),
  )
}

export async function runJob(python: string, { suite, dimension, function: number }: Job): Promise<Line[]> {
  const { name, algorithms, instances, budget } = suite
  const peer = startPeer(python, fromRoot('bench/bbob/run.py'), [
    ...['--serve', fromRoot('dist/bench/bbob/serve.js'), '--suite', name, '--dimension', String(dimension)],
    ...['--functions', String(number), '--instances', `1-${instances}`, '--budget', String(budget)],
    ...['--algorithms', algorithms.join()],
  ])
  const lines: Line[] = []
  for (let line = await peer.receive(); line; line = await peer.receive()) lines.push(line as Line)
  return lines
}

/** Everything that a job's lines depend on. */
export function jobKey({ suite, ...job }: Job, versions: Readonly<Record<string, string>>): object {
  const { name, algorithms, instances, budget } = suite
  const peers = ['cma', 'cmaes', 'coco-experiment'].map((each) => `${each}==${versions[each]}`)
  return { subject: 'bbob', name, algorithms, instances, budget, ...job, peers, code: codeOfJobs() }
}

let code: string | undefined

function codeOfJobs(): string {
  const ours = [
    'optimizers/cmaes',
    'optimizers/math',
    'optimizers/rng.ts',
    'search-spaces',
    'bench/bbob/serve.ts',
  ]
  code ??= fingerprint([...ours, 'bench/bbob/run.py'])
  return code
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1)
}
