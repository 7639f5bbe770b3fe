/** The suite would be worth nothing if it let a broken optimizer pass: each of these breaks one promise. */
import { describe, expect, it } from 'vitest'
import type { Observation, Optimizer } from '../../optimizers/contract.js'
import { random } from '../../optimizers/random/index.js'
import type { UniformState } from '../../optimizers/uniform.js'
import { promises } from './conformance.js'
import { conditional, everyKind, numbers, wide } from './spaces.js'

type Uniform = Optimizer<Record<string, never>, UniformState>
type Promises = ReturnType<typeof promises>

let asks = 0

const broken: readonly [string, Partial<Uniform>, (held: Promises) => void][] = [
  [
    'proposes what lies outside',
    { ask: changed(({ PLAIN }) => (PLAIN === undefined ? {} : { PLAIN: (PLAIN as number) * 2 })) },
    (held) => held.staysInside(everyKind),
  ],
  [
    'proposes parameters that are not active',
    { ask: changed(() => ({ DEPTH: 3 })) },
    (held) => held.staysInside(conditional),
  ],
  [
    'never tries a value',
    { ask: changed(({ OPTIMIZER }) => ({ OPTIMIZER: OPTIMIZER === 'muon' ? 'sgd' : OPTIMIZER! })) },
    (held) => held.reachesEveryValue(),
  ],
  [
    'gives one proposal for two',
    { ask: (state, request) => random.ask(state, { ...request, count: Math.min(1, request.count) }) },
    (held) => held.countsRight(),
  ],
  [
    'does not ask whether it is accepted',
    { ask: (state, { number, count, pending }) => random.ask(state, { number, count, pending }) },
    (held) => held.respectsAccept(),
  ],
  [
    'gives up where nothing is accepted',
    {
      ask: (state, request) =>
        random.ask(state, request).filter(({ params }) => request.accept?.(params) ?? true),
    },
    (held) => held.survivesRefusal(),
  ],
  [
    'proposes the same to two workers',
    {
      ask: (state, request) =>
        random.ask(state, { ...request, number: 7, count: 1 }).concat(random.ask(state, request).slice(1)),
    },
    (held) => held.avoidsPending(),
  ],
  [
    'forgets its seed',
    {
      init: (space) => random.init(space, {}, 1),
      restore: (space, _, __, snapshot) => random.restore(space, {}, 1, snapshot),
    },
    (held) => held.dependsOnSeed(),
  ],
  [
    'draws from a stream that it does not keep',
    { ask: (state, request) => random.ask(state, { ...request, number: request.number + asks++ }) },
    (held) => held.asksPurely(),
  ],
  [
    'changes when it is asked',
    {
      ask: (state, request) => {
        Object.assign(state, { failures: state.failures + 1 })
        return random.ask(state, request)
      },
    },
    (held) => held.asksPurely(),
  ],
  [
    'counts what is told together as one',
    { tell: (state, observations) => random.tell(state, observations.slice(0, 1)) },
    (held) => held.tellsInSequence(),
  ],
  [
    'drops points of others',
    {
      tell: (state, observations) =>
        random.tell(
          state,
          observations.filter(({ number }) => number % 2 === 0),
        ),
    },
    (held) => held.takesForeignPoints(),
  ],
  [
    'takes a failure for a value',
    { tell: (state, observations) => random.tell(state, observations.map(succeeded)) },
    (held) => held.survivesFailure(),
  ],
  [
    'overflows',
    { tell: spreading((value) => value * value) },
    (held) => held.survivesValues((i) => (i % 2 === 0 ? 1e300 : -1e300)),
  ],
  [
    'loses a part of its state',
    { snapshot: (state) => random.snapshot({ ...state, observations: 0 }) },
    (held) => held.restores(numbers),
  ],
  [
    'keeps what JSON cannot hold',
    { snapshot: (state) => ({ ...(random.snapshot(state) as object), mean: Number.NaN }) },
    (held) => held.snapshotsAsJson(),
  ],
  [
    'takes any snapshot for its own',
    { restore: (space, options, seed) => random.init(space, options, seed) },
    (held) => held.refusesForeignSnapshots(undefined),
  ],
  [
    'describes the cube',
    { describe: (state) => ({ ...random.describe(state), parameters: { WHOLE_LOG: { mean: 0.5 } } }) },
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
      ask: changed(({ FAR }) => (FAR === undefined ? {} : { FAR: (FAR as number) * 1e10 })),
    }
    expect(() => promises(overflowing, {}).staysInside(wide)).toThrow()
  })
})

function changed(
  change: (params: Readonly<Record<string, number | string | boolean>>) => object,
): Uniform['ask'] {
  return (state, request) =>
    random.ask(state, request).map(({ params }) => ({ params: { ...params, ...change(params) } }))
}

function succeeded(observation: Observation): Observation {
  return { ...observation, result: { outcome: 'complete', value: 100 } }
}

/** Keeps a sum in the snapshot's place for failures. */
function spreading(f: (value: number) => number): Uniform['tell'] {
  return (state, observations) => {
    const told = random.tell(state, observations)
    const sum = observations.reduce(
      (total, { result }) => total + ('value' in result ? f(result.value!) : 0),
      0,
    )
    return { ...told, failures: state.failures + sum }
  }
}
