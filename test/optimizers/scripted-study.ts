/** A study without a service: an objective, and a script of asks and tells that a seed decides. */
import { createHash } from 'node:crypto'
import type { Json, Observation, Optimizer, OptimizerRun, Proposal } from '../../optimizers/contract.js'
import { stream } from '../../optimizers/rng.js'
import { encode, type Params, type Space } from '../../search-spaces/index.js'

/** A bowl in the cube whose middle lies off centre; smaller is better. */
export function bowl(space: Space, params: Params): number {
  return encode(space, params).reduce(
    (sum, u, i) => sum + (Number.isNaN(u) ? 0.1 : (u - 0.3 - (0.4 * (i % 3)) / 3) ** 2 * (1 + (i % 5))),
    0,
  )
}

const failures = ['oom', 'diverged', 'timeout', 'crashed', 'invalid'] as const

/** Mostly the bowl's value; one in eight fails in some way, one in sixteen is pruned, half of these with a forecast. */
export function outcome(space: Space, number: number, params: Params): Observation['result'] {
  const rng = stream(number, 0x0c)
  const chance = rng.uniform()
  if (chance < 1 / 8) return { outcome: failures[rng.below(failures.length)]! }
  const value = bowl(space, params)
  if (chance < 3 / 16)
    return rng.uniform() < 0.5
      ? { outcome: 'pruned', value: 2 * value, step: 3, forecast: { mean: value, sd: value / 10 } }
      : { outcome: 'pruned' }
  return { outcome: 'complete', value }
}

export function observed(space: Space, number: number, proposal: Proposal): Observation {
  return { number, ...proposal, result: outcome(space, number, proposal.params) }
}

interface Turn {
  readonly run: OptimizerRun
  readonly asked: readonly Proposal[]
  readonly told: readonly Observation[]
}

/**
 * Workers as they are: up to four trials run at once, they end in any order, one in ten never does, and now and then
 * somebody tells a configuration of his own. Yields before each tell, and goes on with the run that it is given back.
 */
export function* scriptedStudy<Options>(
  optimizer: Optimizer<Options>,
  space: Space,
  options: Options,
  seed: number,
  turns: number,
): Generator<Turn, OptimizerRun, OptimizerRun | undefined> {
  const rng = stream(seed, 0x5c)
  let run = optimizer.open(space, options, seed)
  let running: Observation[] = []
  for (let turn = 0, number = 0; turn < turns; turn++) {
    const pending = running.map(({ params }) => params)
    const asked = run.ask({
      number,
      count: 1 + rng.below(4 - Math.min(3, running.length)),
      pending,
    })
    running.push(...asked.map((proposal, k) => observed(space, number + k, proposal)))
    number += asked.length
    const ended = running.filter(() => rng.uniform() < 0.5)
    running = running.filter((trial) => !ended.includes(trial) && rng.uniform() > 0.1)
    const told = rng.uniform() < 0.2 ? [...ended.reverse(), foreign(space, number++, rng.uniform)] : ended
    run = (yield { run, asked, told }) ?? run
    run.tell(told)
  }
  return run
}

function foreign(space: Space, number: number, uniform: () => number): Observation {
  const params = Object.fromEntries(
    space.parameters
      .filter(({ name }) => name in space.defaults)
      .map((parameter) => [
        parameter.name,
        parameter.numeric && parameter.when.length === 0
          ? parameter.fromUnit(uniform())
          : space.defaults[parameter.name]!,
      ]),
  )
  return { number, params, result: outcome(space, number, params) }
}

/** Everything that a whole study asked, and where it left the state, in a few letters. */
export function studyDigest<Options>(
  optimizer: Optimizer<Options>,
  space: Space,
  options: Options,
  seed: number,
  turns: number,
): string {
  const asked: (readonly Proposal[])[] = []
  const study = scriptedStudy(optimizer, space, options, seed, turns)
  let turn = study.next()
  for (; !turn.done; turn = study.next()) asked.push(turn.value.asked)
  return digest({ asked, snapshot: turn.value.snapshot() } as unknown as Json)
}

export function digest(json: Json): string {
  return createHash('sha256').update(JSON.stringify(json)).digest('hex')
}
