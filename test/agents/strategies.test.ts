/** From which program the next edit starts, and what is asked for. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ledgerAfter } from '../../src/agents/ledger.js'
import type { AgentLedger } from '../../src/agents/ledger-types.js'
import { chooseModel, type ModelQuestion, scoreModels } from '../../src/agents/models.js'
import { chooseParent } from '../../src/agents/strategies.js'
import { type AgentSpec, agentSchema, STRATEGIES } from '../../src/domain/agent.js'
import { LOWER, ledgerOf, proposed, ran, studyOf } from './ledgers.js'

function spec(more: Partial<AgentSpec> = {}): AgentSpec {
  return { ...agentSchema.parse({ model: 'openai-compatible:m' }), ...more }
}

/** What would be chosen for many trials of the same study. */
function choices(ledger: AgentLedger, agent: AgentSpec, count = 2000) {
  return Array.from(
    { length: count },
    (_, number) => chooseParent(ledger, agent, { seed: 1, number, running: [] })!,
  )
}

function shareOf(ledger: AgentLedger, agent: AgentSpec, hash: string): number {
  const all = choices(ledger, agent)
  return all.filter(({ parent }) => parent === hash).length / all.length
}

const GOOD = studyOf([
  ['base', null, 5],
  ['a', 'base', 4],
  ['b', 'a', 3],
  ['c', 'b', 2],
])

describe('every strategy', () => {
  it.each(STRATEGIES)('%s waits for the baseline', (strategy) => {
    const empty = ledgerOf([proposed('base', null, 0)])
    expect(chooseParent(empty, spec({ strategy }), { seed: 1, number: 1, running: [] })).toBeNull()
  })

  it.each(STRATEGIES)('%s chooses the same again, from a ledger that was stored', (strategy) => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(200), (seed, number) => {
        const key = { seed, number, running: [] }
        const stored: AgentLedger = JSON.parse(JSON.stringify(GOOD))
        expect(chooseParent(stored, spec({ strategy }), key)).toEqual(
          chooseParent(GOOD, spec({ strategy }), key),
        )
      }),
    )
  })

  it.each(STRATEGIES)('%s chooses no program that crashed, but to fix it', (strategy) => {
    const ledger = studyOf([
      ['base', null, 5],
      ['a', 'base', 'crashed'],
      ['b', 'base', 4],
      ['c', 'b', 6],
    ])
    expect(choices(ledger, spec({ strategy })).every(({ parent }) => parent !== 'a')).toBe(true)
  })

  it.each(STRATEGIES)('%s repairs the newest program where it crashed, twice at most', (strategy) => {
    const agent = spec({ strategy })
    const key = { seed: 1, number: 9, running: [] }
    let ledger = studyOf([
      ['base', null, 5],
      ['a', 'base', 'crashed'],
    ])
    expect(chooseParent(ledger, agent, key)).toEqual({ parent: 'a', mode: 'fix' })
    expect(
      chooseParent(ledger, agent, { ...key, running: [{ number: 8, parent: 'a', mode: 'fix' }] })!.parent,
    ).toBe('base')
    for (const [hash, parent] of [
      ['b', 'a'],
      ['c', 'b'],
    ] as const) {
      expect(chooseParent(ledger, agent, key)!.parent).toBe(parent)
      ledger = [proposed(hash, parent, 3), ran(hash, 'oom')].reduce(
        (l, event) => ledgerAfter(l, event, LOWER),
        ledger,
      )
    }
    expect(chooseParent(ledger, agent, key)).toMatchObject({ parent: 'base' })
  })

  it('the independent control starts at the baseline, always', () => {
    const agent = spec({ control: 'independent', strategy: 'top-k' })
    expect(choices(GOOD, agent).every(({ parent, mode }) => parent === 'base' && mode === 'improve')).toBe(
      true,
    )
  })

  it('the faithful protocol repairs nothing and asks for one kind of edit', () => {
    const ledger = studyOf([
      ['base', null, 5],
      ['a', 'base', 'crashed'],
    ])
    expect(chooseParent(ledger, spec({ prompt: 'faithful' }), { seed: 1, number: 5, running: [] })).toEqual({
      parent: 'base',
      mode: 'improve',
    })
  })
})

describe('greedy', () => {
  it('goes on from the last kept program', () => {
    expect(shareOf(GOOD, spec(), 'c')).toBe(1)
  })

  it('explores after five discards in a row, and simplifies now and then', () => {
    const dry = studyOf([
      ['base', null, 1],
      ...['a', 'b', 'c', 'd', 'e'].map((hash) => [hash, 'base', 2] as const),
    ])
    expect(choices(dry, spec()).every(({ mode }) => mode === 'explore')).toBe(true)
    const simplified = choices(GOOD, spec()).filter(({ mode }) => mode === 'simplify').length / 2000
    expect(Math.abs(simplified - 0.1)).toBeLessThan(0.03)
  })
})

describe('top-k', () => {
  const agent = spec({ strategy: 'top-k' })

  it('takes the best three by 70, 20 and 10 %', () => {
    for (const [hash, share] of [
      ['c', 0.7],
      ['b', 0.2],
      ['a', 0.1],
      ['base', 0],
    ] as const)
      expect(Math.abs(shareOf(GOOD, agent, hash) - share), hash).toBeLessThan(0.04)
  })

  it('explores in every fifth trial', () => {
    for (const [number, { mode }] of choices(GOOD, agent, 50).entries())
      expect(mode === 'explore').toBe(number % 5 === 0)
  })

  it('takes another parent than the best after five discards', () => {
    const discards = Array.from({ length: 5 }, (_, i) => [`x${i}`, 'b', 9] as const)
    const dry = studyOf([['base', null, 5], ['a', 'base', 4], ['b', 'a', 3], ...discards])
    expect(shareOf(dry, agent, 'b')).toBe(0)
    expect(shareOf(dry, agent, 'a')).toBeGreaterThan(0.6)
  })
})

describe('weighted', () => {
  it('prefers good programs, and of these the ones that have few children', () => {
    const agent = spec({ strategy: 'weighted' })
    expect(shareOf(GOOD, agent, 'c')).toBeGreaterThan(shareOf(GOOD, agent, 'b'))
    expect(shareOf(GOOD, agent, 'base')).toBeGreaterThan(0)
    const tried = studyOf([
      ['base', null, 5],
      ['a', 'base', 4],
      ...Array.from({ length: 9 }, (_, i) => [`x${i}`, 'a', 9] as const),
    ])
    expect(shareOf(tried, agent, 'a')).toBeLessThan(shareOf(tried, agent, 'base'))
  })
})

describe('islands', () => {
  it('keep to their own programs until their neighbour’s best comes over', () => {
    const agent = spec({ strategy: 'islands' })
    const at = (number: number) => chooseParent(GOOD, agent, { seed: 1, number, running: [] })!.parent
    // 'a' is of trial 1, 'b' of 2, 'c' of 3: each of an island of its own.
    for (let number = 5; number < 40; number += 4) expect(['base', 'a']).toContain(at(number))
    const visited = Array.from({ length: 100 }, (_, i) => at(42 + 4 * i))
    expect(new Set(visited)).toEqual(new Set(['base', 'a', 'b']))
  })
})

describe('several models', () => {
  const models = ['x:cheap', 'x:dear']
  const question = (more: Partial<ModelQuestion> = {}): ModelQuestion => ({
    models,
    costs: {},
    seed: 1,
    number: 1,
    ...more,
  })
  const spent = (dollars: number, turns: number) => ({ dollars, turns })
  const byModels = ledgerOf([
    proposed('base', null, 0),
    ran('base', 5),
    proposed('a', 'base', 1, { model: 'x:cheap' }),
    ran('a', 4.9),
    proposed('b', 'a', 2, { model: 'x:dear' }),
    ran('b', 4.8),
  ])

  it('are each asked once first, also while another one is writing', () => {
    expect(
      new Set(Array.from({ length: 50 }, (_, number) => chooseModel(byModels, question({ number })))),
    ).toEqual(new Set(models))
    expect(chooseModel(byModels, question({ costs: { 'x:cheap': spent(0, 1) } }))).toBe('x:dear')
  })

  it('are chosen by gain per dollar: the same gain for less money', () => {
    const costs = { 'x:cheap': spent(1, 10), 'x:dear': spent(20, 10) }
    expect(chooseModel(byModels, question({ costs }))).toBe('x:cheap')
  })

  it('are told apart where nothing has a price', () => {
    const costs = { 'x:cheap': spent(0, 500), 'x:dear': spent(0, 10) }
    const scores = scoreModels(byModels, question({ costs }))
    expect(scores.every(({ bound }) => Number.isFinite(bound))).toBe(true)
    expect(chooseModel(byModels, question({ costs }))).toBe('x:dear')
  })
})
