/** The suite would be worth nothing if it let a broken optimizer pass: each of these breaks one promise. */
import { describe, expect, it } from 'vitest'
import type { Observation, Optimizer, OptimizerRun } from '../../optimizers/contract.js'
import { random } from '../../optimizers/random/index.js'
import { promises } from './conformance.js'
import { conditional, everyKind, numbers, wide } from './spaces.js'

type Uniform = Optimizer<Record<string, never>>
type Promises = ReturnType<typeof promises>

let asks = 0

const broken: readonly [string, Partial<Uniform>, (held: Promises) => void][] = [
  [
    'proposes what lies outside',
    proposing(({ PLAIN }) => (PLAIN === undefined ? {} : { PLAIN: (PLAIN as number) * 2 })),
    (held) => held.staysInside(everyKind),
  ],
  [
    'proposes parameters that are not active',
    proposing(() => ({ DEPTH: 3 })),
    (held) => held.staysInside(conditional),
  ],
  [
    'never tries a value',
    proposing(({ OPTIMIZER }) => ({ OPTIMIZER: OPTIMIZER === 'muon' ? 'sgd' : OPTIMIZER! })),
    (held) => held.reachesEveryValue(),
  ],
  [
    'gives one proposal for two',
    running((run) => ({ ask: (request) => run.ask({ ...request, count: Math.min(1, request.count) }) })),
    (held) => held.countsRight(),
  ],
  [
    'does not ask whether it is accepted',
    running((run) => ({ ask: ({ number, count, pending }) => run.ask({ number, count, pending }) })),
    (held) => held.respectsAccept(),
  ],
  [
    'gives up where nothing is accepted',
    running((run) => ({
      ask: (request) => run.ask(request).filter(({ params }) => request.accept?.(params) ?? true),
    })),
    (held) => held.survivesRefusal(),
  ],
  [
    'proposes the same to two workers',
    running((run) => ({
      ask: (request) => run.ask({ ...request, number: 7, count: 1 }).concat(run.ask(request).slice(1)),
    })),
    (held) => held.avoidsPending(),
  ],
  [
    'forgets its seed',
    { open: (space, _, __, snapshot) => random.open(space, {}, 1, snapshot) },
    (held) => held.dependsOnSeed(),
  ],
  [
    'draws from a stream that it does not keep',
    running((run) => ({ ask: (request) => run.ask({ ...request, number: request.number + asks++ }) })),
    (held) => held.asksPurely(),
  ],
  [
    'changes when it is asked',
    running((run) => ({
      ask(request) {
        const asked = run.ask(request)
        run.tell([{ number: 0, params: asked[0]!.params, result: { outcome: 'oom' } }])
        return asked
      },
    })),
    (held) => held.asksPurely(),
  ],
  [
    'counts what is told together as one',
    running((run) => ({ tell: (observations) => run.tell(observations.slice(0, 1)) })),
    (held) => held.tellsInSequence(),
  ],
  [
    'drops points of others',
    running((run) => ({
      tell: (observations) => run.tell(observations.filter(({ number }) => number % 2 === 0)),
    })),
    (held) => held.takesForeignPoints(),
  ],
  [
    'takes a failure for a value',
    running((run) => ({ tell: (observations) => run.tell(observations.map(succeeded)) })),
    (held) => held.survivesFailure(),
  ],
  [
    'overflows',
    running(spreading((value) => value * value)),
    (held) => held.survivesValues((i) => (i % 2 === 0 ? 1e300 : -1e300)),
  ],
  [
    'loses a part of its state',
    {
      open(space, options, seed, snapshot) {
        const run = random.open(space, options, seed, snapshot)
        const fresh = random.open(space, options, seed)
        return { ...run, snapshot: fresh.snapshot }
      },
    },
    (held) => held.restores(numbers),
  ],
  [
    'keeps what JSON cannot hold',
    running((run) => ({ snapshot: () => ({ ...(run.snapshot() as object), mean: Number.NaN }) })),
    (held) => held.snapshotsAsJson(),
  ],
  [
    'takes any snapshot for its own',
    { open: (space, options, seed) => random.open(space, options, seed) },
    (held) => held.refusesForeignSnapshots(undefined),
  ],
  [
    'describes the cube',
    running((run) => ({ describe: () => ({ ...run.describe(), parameters: { WHOLE_LOG: { mean: 0.5 } } }) })),
    (held) => held.describesItself(),
  ],
  ['ignores what it does not know', { options: () => ({}) }, (held) => held.refusesOptions()],
]

describe('the conformance suite catches an optimizer that', () => {
  it.each(broken)('%s', (_, difference, check) => {
    expect(() => check(promises(random, {}))).not.toThrow()
    expect(() => check(promises({ ...random, ...difference }, {}))).toThrow()
  })

  it('proposes at the ends of ranges what is no number', () => {
    const overflowing = {
      ...random,
      ...proposing(({ FAR }) => (FAR === undefined ? {} : { FAR: (FAR as number) * 1e10 })),
    }
    expect(() => promises(overflowing, {}).staysInside(wide)).toThrow()
  })
})

/** Its runs differ in this. */
function running(difference: (run: OptimizerRun) => Partial<OptimizerRun>): Partial<Uniform> {
  return {
    open(space, options, seed, snapshot) {
      const run = random.open(space, options, seed, snapshot)
      return { ...run, ...difference(run) }
    },
  }
}

function proposing(
  change: (params: Readonly<Record<string, number | string | boolean>>) => object,
): Partial<Uniform> {
  return running((run) => ({
    ask: (request) => run.ask(request).map(({ params }) => ({ params: { ...params, ...change(params) } })),
  }))
}

function succeeded(observation: Observation): Observation {
  return { ...observation, result: { outcome: 'complete', value: 100 } }
}

/** Keeps a sum in the snapshot. */
function spreading(f: (value: number) => number) {
  return (run: OptimizerRun): Partial<OptimizerRun> => {
    let sum = 0
    return {
      tell(observations) {
        for (const { result } of observations) sum += 'value' in result ? f(result.value!) : 0
        run.tell(observations)
      },
      snapshot: () => ({ ...(run.snapshot() as object), sum }),
    }
  }
}
