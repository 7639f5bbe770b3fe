/**
 * What every optimizer promises, as one suite: call it in the optimizer's own test.
 *
 *   conformance(random)
 *   conformance(tpe, { given: { multivariate: true }, other: { gamma: 0.1 } })
 *
 * `given` are the options it runs with, `other` some whose snapshots must not be taken for theirs.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  type Description,
  type Json,
  type Observation,
  type Optimizer,
  type OptimizerRun,
  OptionsError,
  type Proposal,
  SnapshotError,
} from '../../optimizers/contract.js'
import { checkParams, type Params, paramsKey, type Space, violated } from '../../search-spaces/index.js'
import { bowl, observed, scriptedStudy, studyDigest } from './scripted-study.js'
import { conditional, constrained, everyKind, everySpace, numbers, twoHundred } from './spaces.js'

interface Given {
  readonly given?: Readonly<Record<string, unknown>>
  readonly other?: Readonly<Record<string, unknown>>
}

export function conformance<Options>(optimizer: Optimizer<Options>, { given = {}, other }: Given = {}): void {
  const options = optimizer.options(given)
  const name = Object.keys(given).length === 0 ? optimizer.kind : `${optimizer.kind} ${JSON.stringify(given)}`
  const suite = promises(optimizer, options)

  describe(`${name} proposes`, () => {
    for (const [label, space] of Object.entries(everySpace)) {
      it(`what lies inside: ${label}`, () => suite.staysInside(space))
    }
    it('every value of a discrete parameter', () => suite.reachesEveryValue())
    it('as many as were asked for', () => suite.countsRight())
    it('only what is accepted', () => suite.respectsAccept())
    it('only what satisfies the constraints that accept checks', () => suite.respectsConstraints())
    it('something even where nothing is accepted', () => suite.survivesRefusal())
    it('nothing that is pending already', () => suite.avoidsPending())
    it('other points for another seed', () => suite.dependsOnSeed())
    it('for a trial whose number is large', () => suite.takesLargeNumbers())
  })

  describe(`${name} is told`, () => {
    it('results in any order, and some never', () => suite.survivesDisorder())
    it('points that it never proposed, before and between its own', () => suite.takesForeignPoints())
    it('that everything failed', () => suite.survivesFailure())
    it.each([
      ['1e300', (i: number) => (i % 2 === 0 ? 1e300 : -1e300)],
      ['the largest numbers', (i: number) => (i % 2 === 0 ? Number.MAX_VALUE : -Number.MAX_VALUE)],
      ['the smallest', (i: number) => i * Number.MIN_VALUE],
      ['equal ones', () => 1],
      ['nearly equal ones', (i: number) => 1 + i * Number.EPSILON],
    ])('values: %s', (_, value) => suite.survivesValues(value))
    it('several at once as one by one', () => suite.tellsInSequence())
  })

  describe(`${name} remembers`, () => {
    for (const [label, space] of Object.entries({ everyKind, conditional, numbers, twoHundred })) {
      it(`the same by snapshot and by replay, at every step: ${label}`, () => suite.restores(space))
    }
    it('nothing of an ask', () => suite.asksPurely())
    it('the same in another process', () => suite.repeatsElsewhere(given))
    it('in a snapshot that is plain JSON with its version', () => suite.snapshotsAsJson())
    it('only its own snapshots', () => suite.refusesForeignSnapshots(other))
  })

  describe(`${name} says`, () => {
    it('what it believes in natural units', () => suite.describesItself())
    it('which option is wrong', () => suite.refusesOptions())
  })
}

/** Each promise as a check that throws where it is broken. */
export function promises<Options>(optimizer: Optimizer<Options>, options: Options) {
  const open = (space: Space, seed = 1) => optimizer.open(space, options, seed)
  const restore = (space: Space, snapshot: Json, seed = 1) => optimizer.open(space, options, seed, snapshot)
  const ask = (run: OptimizerRun, number: number, count = 1, pending: readonly Params[] = []) =>
    run.ask({ number, count, pending })

  /** One trial after the other, each told before the next is asked for. */
  function search(
    space: Space,
    trials: number,
    result: (i: number, params: Params) => Observation['result'],
  ) {
    const run = open(space)
    for (let number = 0; number < trials; number++) {
      const proposal = ask(run, number)[0]!
      expectInside(space, proposal)
      run.tell([{ number, ...proposal, result: result(number, proposal.params) }])
    }
    expectInside(space, ...ask(run, trials, 3))
    expectPlain(run.snapshot())
    return run
  }

  return {
    staysInside(space: Space) {
      const turns = space === twoHundred ? 15 : 40
      for (const { asked } of scriptedStudy(optimizer, space, options, 3, turns)) {
        for (const { params } of asked) {
          expect(checkParams(space, params).filter(({ message }) => !message.startsWith('violates'))).toEqual(
            [],
          )
        }
      }
    },

    reachesEveryValue() {
      const run = open(everyKind)
      const asked = Array.from({ length: 400 }, (_, number) => ask(run, number)[0]!.params)
      for (const parameter of everyKind.searched.filter(({ levels }) => levels <= 6)) {
        const seen = new Set(asked.map((params) => params[parameter.name]))
        expect(seen.size, parameter.name).toBe(parameter.levels)
      }
    },

    countsRight() {
      const run = open(everyKind)
      for (const count of [0, 1, 2, 7, 64]) expect(ask(run, 0, count)).toHaveLength(count)
    },

    respectsAccept() {
      const accept = (params: Params) => (params.A as number) < 0.4 && (params.C as number) > -4
      const run = open(numbers)
      for (let number = 0; number < 40; number += 2) {
        const asked = run.ask({ number, count: 2, pending: [], accept })
        for (const { params } of asked) expect(accept(params), JSON.stringify(params)).toBe(true)
        run.tell(asked.map((proposal, k) => observed(numbers, number + k, proposal)))
      }
    },

    respectsConstraints() {
      const accept = (params: Params) => violated(constrained, params) === null
      const run = open(constrained)
      for (let number = 0; number < 40; number++) {
        const [proposal] = run.ask({ number, count: 1, pending: [], accept })
        expect(violated(constrained, proposal!.params)).toBeNull()
        run.tell([observed(constrained, number, proposal!)])
      }
    },

    survivesRefusal() {
      for (const space of [numbers, everyKind, conditional]) {
        let asks = 0
        const accept = () => {
          asks++
          return false
        }
        const asked = open(space).ask({ number: 4, count: 2, pending: [], accept })
        expect(asked).toHaveLength(2)
        expectInside(space, ...asked)
        expect(asks).toBeGreaterThan(0)
        expect(asks).toBeLessThan(20_000)
      }
    },

    avoidsPending() {
      const run = open(numbers)
      for (let number = 0; number < 30; number++) {
        run.tell([observed(numbers, number, ask(run, number)[0]!)])
      }
      const pending = ask(run, 30, 12).map(({ params }) => params)
      const more = ask(run, 42, 12, pending).map(({ params }) => params)
      expect(new Set([...pending, ...more].map(paramsKey)).size).toBe(24)
    },

    dependsOnSeed() {
      const first = (seed: number) => ask(open(numbers, seed), 1, 3).map(({ params }) => paramsKey(params))
      expect(first(1)).not.toEqual(first(2))
      expect(first(1)).not.toEqual(first(2 ** 40 + 1))
    },

    takesLargeNumbers() {
      const run = open(everyKind)
      expectInside(everyKind, ...ask(run, 9_999_990, 4))
    },

    survivesDisorder() {
      const run = open(everyKind)
      const asked = ask(run, 0, 40)
      const late = asked.map((proposal, number) => observed(everyKind, number, proposal))
      run.tell(late.slice(20).reverse())
      for (let number = 40; number < 80; number++) {
        const proposal = ask(run, number)[0]!
        expectInside(everyKind, proposal)
        if (number % 3 !== 0) run.tell([observed(everyKind, number, proposal)])
        if (number % 7 === 0) run.tell([late[(number - 40) >> 1]!])
      }
      expectPlain(run.snapshot())
    },

    takesForeignPoints() {
      for (const space of [everyKind, conditional, numbers]) {
        const run = open(space)
        const foreign = open(space, 99).ask({ number: 500, count: 20, pending: [] })
        const tell = ({ params }: Proposal, number: number) => {
          run.tell([observed(space, number, { params })])
        }
        for (const [i, point] of foreign.slice(0, 10).entries()) tell(point, i)
        for (let number = 10; number < 30; number += 2) {
          tell(ask(run, number)[0]!, number)
          tell(foreign[number >> 1]!, number + 1)
        }
        run.tell([{ number: 30, params: space.defaults, result: { outcome: 'oom' } }])
        expectInside(space, ...ask(run, 31, 4))
        expect(run.describe().observations).toBe(31)
      }
    },

    survivesFailure() {
      const kinds = ['oom', 'diverged', 'timeout', 'crashed', 'invalid'] as const
      for (const space of [everyKind, conditional, numbers]) {
        const run = search(space, 60, (i) => ({ outcome: kinds[i % 5]! }))
        expect(run.describe()).toMatchObject({ observations: 60, failures: 60 })
      }
    },

    survivesValues(value: (i: number) => number) {
      search(numbers, 50, (i) => ({ outcome: 'complete', value: value(i) }))
      search(everyKind, 40, (i) =>
        i % 5 === 4 ? { outcome: 'oom' } : { outcome: 'complete', value: value(i) },
      )
    },

    tellsInSequence() {
      const told = ask(open(everyKind), 0, 30).map((proposal, i) => observed(everyKind, i, proposal))
      const [together, apart] = [open(everyKind), open(everyKind)]
      together.tell(told)
      for (const one of told) apart.tell([one])
      expect(apart.snapshot()).toEqual(together.snapshot())
    },

    restores(space: Space) {
      const log: Observation[] = []
      const study = scriptedStudy(optimizer, space, options, 7, space === twoHundred ? 12 : 40)
      let turn = study.next()
      while (!turn.done) {
        const { run, asked, told } = turn.value
        const bits = JSON.stringify(run.snapshot())
        const replayed = open(space, 7)
        for (const one of log) replayed.tell([one])
        expect(JSON.stringify(replayed.snapshot())).toBe(bits)

        const restored = restore(space, JSON.parse(bits), 7)
        expect(JSON.stringify(restored.snapshot())).toBe(bits)
        const again = { number: 1000, count: asked.length, pending: [] }
        expect(restored.ask(again)).toEqual(run.ask(again))
        expect(restored.describe()).toEqual(run.describe())
        log.push(...told)
        turn = study.next(restored)
      }
    },

    asksPurely() {
      for (const { run } of scriptedStudy(optimizer, everyKind, options, 5, 30)) {
        const before = JSON.stringify(run.snapshot())
        const request = { number: 77, count: 3, pending: [everyKind.defaults] }
        const asked = run.ask(request)
        run.ask({ ...request, number: 5, count: 9 })
        expect(JSON.stringify(run.snapshot())).toBe(before)
        expect(run.ask(request)).toEqual(asked)
      }
    },

    repeatsElsewhere(given: Readonly<Record<string, unknown>>) {
      for (const space of [everyKind, conditional]) {
        const script = { kind: optimizer.kind, options: given, spec: space.spec, seed: 11, turns: 30 }
        const elsewhere = execFileSync(
          process.execPath,
          ['--import', 'tsx', OTHER_PROCESS, JSON.stringify(script)],
          {
            encoding: 'utf8',
          },
        )
        expect(elsewhere).toBe(studyDigest(optimizer, space, options, 11, 30))
      }
    },

    snapshotsAsJson() {
      const run = search(everyKind, 30, (_, params) => ({
        outcome: 'complete',
        value: bowl(everyKind, params),
      }))
      expect(run.snapshot()).toMatchObject({ version: optimizer.version })
    },

    refusesForeignSnapshots(other: Readonly<Record<string, unknown>> | undefined) {
      const run = search(everyKind, 12, (_, params) => ({
        outcome: 'complete',
        value: bowl(everyKind, params),
      }))
      const snapshot = run.snapshot() as Readonly<Record<string, Json>>
      const refused = (attempt: () => unknown) => expect(attempt).toThrow(SnapshotError)
      refused(() => restore(everyKind, { ...snapshot, version: optimizer.version + 1 }))
      refused(() => restore(numbers, snapshot))
      refused(() => restore(everyKind, snapshot, 2))
      for (const broken of [null, 0, 'snapshot', [], {}]) refused(() => restore(everyKind, broken))
      if (other) refused(() => optimizer.open(everyKind, optimizer.options(other), 1, snapshot))
    },

    describesItself() {
      for (const space of [everyKind, conditional, numbers]) {
        const run = search(space, 50, (i, params) =>
          i % 10 === 9 ? { outcome: 'oom' } : { outcome: 'complete', value: bowl(space, params) },
        )
        const described = run.describe()
        expect(described).toMatchObject({ kind: optimizer.kind, observations: 50, failures: 5 })
        expectPlain(described as unknown as Json)
        expectNatural(space, described)
      }
    },

    refusesOptions() {
      const path = (given: unknown) => {
        try {
          optimizer.options(given)
        } catch (error) {
          expect(error).toBeInstanceOf(OptionsError)
          expect((error as Error).message).not.toBe('')
          return (error as OptionsError).path
        }
        throw new Error(`${JSON.stringify(given)} was taken for options`)
      }
      expect(path({ nosuch: 1 })).toBe('nosuch')
      for (const given of [3, 'fast', null, []]) expect(path(given)).toBe('')
      expect(optimizer.options(JSON.parse(JSON.stringify(options)))).toEqual(options)
    },
  }
}

const OTHER_PROCESS = fileURLToPath(new URL('./other-process.ts', import.meta.url))

function expectInside(space: Space, ...proposals: readonly Proposal[]): void {
  for (const { params } of proposals) expect(checkParams(space, params)).toEqual([])
}

/** JSON that comes back as it went: no NaN, no infinity, nothing undefined, no negative zero. */
function expectPlain(json: Json): void {
  expect(JSON.parse(JSON.stringify(json))).toEqual(json)
}

function expectNatural(space: Space, { parameters, correlations, covariance }: Description) {
  for (const [name, { mean, low, high, probabilities }] of Object.entries(parameters)) {
    const parameter = space.searched.find((one) => one.name === name)!
    expect(parameter, name).toBeDefined()
    if (probabilities) {
      const levels = Array.from({ length: parameter.levels }, (_, i) => String(parameter.level(i)))
      expect(Object.keys(probabilities).sort()).toEqual(levels.sort())
      expect(Object.values(probabilities).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
    }
    for (const value of [mean, low, high]) {
      if (value === undefined) continue
      expect(typeof value).toBe(typeof parameter.default)
      if (typeof value !== 'number') continue
      expect(value).toBeGreaterThanOrEqual(parameter.fromUnit(0) as number)
      expect(value).toBeLessThanOrEqual(parameter.fromUnit(1) as number)
    }
    if (typeof mean === 'number' && low !== undefined && high !== undefined) {
      expect([low, mean, high]).toEqual([low, mean, high].sort((a, b) => Number(a) - Number(b)))
    }
  }
  for (const { a, b, r } of correlations ?? []) {
    expect(space.searched.map(({ name }) => name)).toEqual(expect.arrayContaining([a, b]))
    expect(Math.abs(r)).toBeLessThanOrEqual(1)
  }
  if (covariance) expectCovariance(space, covariance)
}

function expectCovariance(space: Space, { parameters, rows }: NonNullable<Description['covariance']>): void {
  expect(space.searched.map(({ name }) => name)).toEqual(expect.arrayContaining([...parameters]))
  expect(rows).toHaveLength(parameters.length)
  for (const [i, row] of rows.entries()) {
    expect(row).toHaveLength(parameters.length)
    expect(row[i]).toBeGreaterThan(0)
    for (const [j, c] of row.entries()) expect(c).toBe(rows[j]![i])
  }
}
