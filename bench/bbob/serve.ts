/**
 * CMA-ES over JSON lines, a generation a message: bench/bbob/run.py holds the problems, this holds the search.
 *
 *   in   {"starts": [[…], …], "sigma": 2, "sampling": "mirrored", "restarts": "bipop", "seed": 1}
 *   out  {"points": [[…], …]}
 *   in   {"values": [0.1, …]}
 *   out  {"points": […]}
 *
 * With {"spec": {…}, "options": {…}, "seed": 1} in the place of `starts` it is the whole optimizer of a search space.
 */
import { createInterface } from 'node:readline'
import { cmaes } from '../../optimizers/cmaes/index.js'
import {
  beginStrategy,
  drawsFor,
  type ObservedPoint,
  observePoint,
  originOf,
  type Settings,
} from '../../optimizers/cmaes/strategy.js'
import type { Observation } from '../../optimizers/contract.js'
import { readSpace } from '../../search-spaces/index.js'

type Point = readonly (number | string | boolean)[]

interface Search {
  /** The points that complete a generation. */
  ask(): Point[]
  tell(values: readonly number[]): void
}

type Raw = Pick<Settings, 'sigma' | 'sampling' | 'restarts' | 'seed'> & {
  readonly starts: readonly number[][]
}
type Whole = { readonly spec: unknown; readonly options: unknown; readonly seed: number }

let search: Search | undefined
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as Raw | Whole | { readonly values: number[] }
  if ('values' in message) search!.tell(message.values)
  else search = 'spec' in message ? inSpace(message) : unbounded(message)
  process.stdout.write(`${JSON.stringify({ points: search!.ask() })}\n`)
}

function unbounded({ starts, ...given }: Raw): Search {
  const axes = starts[0]!.map(() => ({ low: -Infinity, high: Infinity }))
  let strategy = beginStrategy({
    ...given,
    domain: { axes, categories: [] },
    population: null,
    margin: 'hamano-2025',
    learningRate: 'fixed',
    start: (run) => ({ mean: starts[run % starts.length]!, q: [] }),
  })
  let number = 0
  let asked: Omit<Extract<ObservedPoint, { origin: object }>, 'verdict'>[] = []
  return {
    ask() {
      const missing = strategy.run.constants.lambda - strategy.points.length
      asked = Array.from({ length: missing }, () => ({
        origin: originOf(strategy),
        genotype: drawsFor(strategy, number++)(),
      }))
      return asked.map(({ genotype }) => genotype.x)
    },
    tell(values) {
      for (const [i, point] of asked.entries()) {
        strategy = observePoint(strategy, { ...point, verdict: { kind: 'complete', value: values[i]! } })
      }
    },
  }
}

function inSpace({ spec, options, seed }: Whole): Search {
  const space = readSpace(spec)
  const run = cmaes.open(space, cmaes.options(options), seed)
  let number = 0
  let asked: Omit<Observation, 'result'>[] = []
  return {
    ask() {
      const proposals = run.ask({ number, count: run.missing(), pending: [] })
      asked = proposals.map((proposal) => ({ number: number++, ...proposal }))
      return asked.map(({ params }) => space.parameters.map(({ name }) => params[name]!))
    },
    tell(values) {
      run.tell(asked.map((trial, i) => ({ ...trial, result: { outcome: 'complete', value: values[i]! } })))
    },
  }
}
