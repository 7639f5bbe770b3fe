/** One run: a method on a problem, a hundred trials, so many at a time. */
import { type Params, paramsKey, readSpace, type Space, type SpaceSpec } from '../../search-spaces/index.js'
import { fromRoot } from '../../src/root.js'
import { type PeerProcess, startPeer } from '../peers/process.js'
import type { Searcher } from '../quality/simulation.js'
import { type Method, opened, resultOf, trials, worthOf } from '../transfer/run.js'
import type { Problem } from './problems.js'

export interface Run {
  readonly method: Method
  readonly problem: Problem
  readonly seed: number
  /** How many trials are asked for before the first of them is told. */
  readonly batch: number
  readonly python: string
}

export interface Score {
  /** What each trial is worth, in their order: its value, less the optimum where that is known; null where it failed. */
  readonly worths: readonly (number | null)[]
  /** Which trial the method would take home; null where it does not say. */
  readonly recommended: number | null
}

export async function runOnce({ method, problem, seed, batch, python }: Run): Promise<Score> {
  const { server, space } = await servedProblem(problem, python)
  const { searcher, recommended, close } = await opened(method, space, { seed, python })
  try {
    const { asked, values } = await valuesOf(searcher, server, batch)
    const optimum = problem.optimumKnown ? values[0]! - (await worthOf(server, asked[0]!)) : 0
    const taken = recommended()
    return {
      worths: values.map((value) => (value === null ? null : value - optimum)),
      recommended: taken ? asked.findIndex((params) => paramsKey(params) === paramsKey(taken)) : null,
    }
  } catch (error) {
    forgetServed()
    throw error
  } finally {
    close()
  }
}

/** The problem of the last run: its process takes seconds to start, and the next run is often of the same problem. */
let kept: { readonly id: string; readonly server: PeerProcess; readonly space: Space } | undefined

async function servedProblem({ id, told }: Problem, python: string) {
  if (kept?.id === id) return kept
  forgetServed()
  const server = startPeer(python, fromRoot('bench/transfer/problems.py'))
  const { parameters } = (await server.request(told)) as Pick<SpaceSpec, 'parameters'>
  kept = { id, server, space: readSpace({ parameters }) }
  return kept
}

function forgetServed(): void {
  kept?.server.close()
  kept = undefined
}

async function valuesOf(searcher: Searcher, served: PeerProcess, batch: number) {
  const asked: Params[] = []
  const values: (number | null)[] = []
  while (values.length < trials) {
    const until = Math.min(trials, values.length + batch)
    for (let number = values.length; number < until; number++) asked.push(await searcher.ask(number))
    for (let number = values.length; number < until; number++) {
      const params = asked[number]!
      const { value } = (await served.request({ evaluate: params })) as { value: number | null }
      values.push(value)
      await searcher.tell(number, { params, result: resultOf(value), wallSeconds: 0, chargedSeconds: 0 })
    }
  }
  return { asked, values }
}
