/** Beliefs about parameters together, as the prior that gp multiplies its acquisition by. */
import { describe, expect, it } from 'vitest'
import { OptionsError, type Relation } from '../../../optimizers/contract.js'
import { stream } from '../../../optimizers/rng.js'
import { openSearch } from '../../../optimizers/search.js'
import { logPriorAt, priorOf, priorTerm } from '../../../optimizers/surrogate/beliefs.js'
import { encodingOf, pointAt } from '../../../optimizers/surrogate/encoding.js'
import { emptyHistory } from '../../../optimizers/surrogate/history.js'
import { encode, type Params, readSpace } from '../../../search-spaces/index.js'

const space = readSpace({
  parameters: {
    rate: { type: 'float', low: 1e-4, high: 1, log: true },
    decay: { type: 'float', low: 0.5, high: 8 },
    batch: { type: 'int', low: 16, high: 1024, powerOfTwo: true },
    momentum: { type: 'float', low: 0, high: 1 },
    kind: { type: 'categorical', choices: ['a', 'b'] },
    late: { type: 'float', low: 1, high: 9, when: { kind: 'b' } },
  },
})
const encoding = encodingOf(space)
const relation: Relation = {
  of: { rate: { power: 1, at: 0.01 }, batch: { power: -0.5, at: 64 }, decay: { power: 2, at: 2 } },
  factor: 2,
  confidence: 0.8,
}
const draws = (count: number) => {
  const rng = stream(5)
  return Array.from({ length: count }, () =>
    pointAt(
      encoding,
      Float64Array.from(space.searched, () => rng.uniform()),
    ),
  )
}
const priorWith = (...relations: Relation[]) => priorOf(space, { parameters: {}, relations }, 0)

describe('a relation', () => {
  it('is as likely as its product is near', () => {
    const at = (params: Params) => {
      const full = { rate: 0.01, batch: 64, decay: 2, momentum: 0.5, kind: 'a', ...params }
      return logPriorAt(priorWith(relation), encode(space, full))
    }
    const [centre, along, off, far] = [
      at({}),
      at({ rate: 0.02, batch: 256 }),
      at({ rate: 0.02 }),
      at({ rate: 0.5, batch: 16, decay: 8 }),
    ]
    expect(along).toBeCloseTo(centre, 10)
    expect(Math.exp(centre) - 0.2).toBeCloseTo((Math.exp(off) - 0.2) * Math.exp(0.5), 8)
    expect(far).toBeCloseTo(Math.log(0.2), 10)
  })

  it('has a density of one over the space, whatever its confidence', () => {
    for (const confidence of [0.3, 0.8, 1]) {
      const prior = priorWith({ ...relation, confidence })
      const points = draws(20_000)
      const mean =
        points.reduce((sum, { unit }) => sum + Math.exp(logPriorAt(prior, unit)), 0) / points.length
      expect(mean).toBeGreaterThan(0.9)
      expect(mean).toBeLessThan(1.1)
    }
  })

  it('has the derivatives of its density, by the continuous parameters alone', () => {
    const history = emptyHistory(encoding)
    const term = priorTerm(priorWith(relation), history, new Float64Array(0))!
    for (const { columns } of draws(50)) {
      const gradient = new Float64Array(columns.length)
      const value = term.addGradient(columns, gradient)
      for (const { name, coordinate } of space.searched) {
        const column = encoding.columnOf[coordinate]!
        if (column < 0) continue
        const moved = columns.slice()
        moved[column]! += 1e-6
        const after = term.addGradient(moved, new Float64Array(columns.length))
        expect(gradient[column], name).toBeCloseTo((after - value) / 1e-6, 2)
      }
    }
  })

  it('says nothing where one of its parameters is not active', () => {
    const prior = priorWith({
      of: { rate: { power: 1, at: 0.01 }, late: { power: 1, at: 3 } },
      factor: 2,
      confidence: 0.9,
    })
    const unit = encode(space, { rate: 0.5, batch: 64, decay: 2, momentum: 0.5, kind: 'a' })
    expect(logPriorAt(prior, unit)).toBe(0)
  })

  it('leads trials to where it holds, and is given up where they contradict it', () => {
    const method = { optimizer: { kind: 'gp' }, start: 'optimizer' } as const
    const holds: Relation = {
      of: { rate: { power: 1, at: 0.01 }, batch: { power: -0.5, at: 64 } },
      factor: 1.5,
      confidence: 0.9,
    }
    const off = ({ rate, batch }: Params) =>
      Math.abs(Math.log((rate as number) / 0.01) - 0.5 * Math.log((batch as number) / 64))
    const run = (relations: Relation[], value: (params: Params) => number) => {
      const found = openSearch(space, method, 4)
      found.believe({ parameters: {}, relations })
      const misses: number[] = []
      for (let number = 0; number < 24; number++) {
        const [proposed] = found.propose({ number, count: 1, pending: [] })
        misses.push(off(proposed!.params))
        found.observe([{ ...proposed!, result: { outcome: 'complete', value: value(proposed!.params) } }])
      }
      return { found, early: misses.slice(8, 16).reduce((sum, miss) => sum + miss, 0) / 8 }
    }
    const flat = () => 1
    expect(run([holds], flat).early).toBeLessThan(0.7 * run([], flat).early)
    const { found } = run([holds], (params) => -off(params))
    expect(found.describe().optimizer.beliefs).toMatchObject({ givenUp: true, relations: [holds] })
    const restored = openSearch(space, method, 4, JSON.parse(JSON.stringify(found.snapshot())))
    expect(restored.describe().optimizer.beliefs).toEqual(found.describe().optimizer.beliefs)
  })

  it.each<[string, Partial<Relation>, string]>([
    ['one parameter', { of: { rate: { power: 1, at: 1 } } }, 'of'],
    ['a parameter that may be 0', { of: { ...relation.of, momentum: { power: 1, at: 1 } } }, 'of.momentum'],
    ['a parameter that is not there', { of: { ...relation.of, Q: { power: 1, at: 1 } } }, 'of.Q'],
    ['a power of 0', { of: { ...relation.of, rate: { power: 0, at: 1 } } }, 'of.rate.power'],
    ['a value of 0', { of: { ...relation.of, rate: { power: 1, at: 0 } } }, 'of.rate.at'],
    ['a factor of 1', { factor: 1 }, 'factor'],
    ['too much confidence', { confidence: 1.2 }, 'confidence'],
  ])('is refused with its place: %s', (_, wrong, path) => {
    const search = openSearch(space, { optimizer: { kind: 'gp' } }, 1)
    const relations = [relation, { ...relation, ...wrong }]
    expect(() => search.believe({ parameters: {}, relations })).toThrow(OptionsError)
    expect(() => search.believe({ parameters: {}, relations })).toThrow(
      expect.objectContaining({ path: `beliefs.relations.1.${path}` }),
    )
  })
})
