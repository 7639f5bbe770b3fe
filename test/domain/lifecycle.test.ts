/** The tables of transitions: what they allow, what they refuse, and that ARCHITECTURE.md shows them as they are. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { STUDY_STATES, TRIAL_STATES } from '../../src/domain/enums.js'
import {
  STUDY_TRANSITIONS,
  studyTransition,
  TRIAL_TRANSITIONS,
  type TrialTransition,
  trialTransition,
} from '../../src/domain/lifecycle.js'
import { EVENT_KINDS } from '../../src/engine/event-log.js'
import { fromRoot } from '../../src/root.js'

const rows: readonly TrialTransition[] = TRIAL_TRANSITIONS
const states = ['none', ...TRIAL_STATES] as const

describe('the transitions of a trial', () => {
  it.each(rows)('$command goes only where its row says', ({ command, from, to }) => {
    for (const before of states)
      for (const after of TRIAL_STATES) {
        const go = () => trialTransition(command, before, after)
        if (from.includes(before) && to.includes(after)) expect(go().command).toBe(command)
        else expect(go).toThrow(`from ${before} to ${after} by '${command}'`)
      }
  })

  it('reach every state, and leave none that is final', () => {
    const reached = new Set(rows.flatMap(({ to }) => to))
    expect([...reached].sort()).toEqual([...TRIAL_STATES].sort())
    for (const final of ['complete', 'pruned', 'cancelled'] as const)
      expect(rows.filter(({ from }) => from.includes(final))).toEqual([])
    expect(rows.filter(({ from }) => from.includes('failed')).map(({ command }) => command)).toEqual([
      'tell late',
    ])
  })

  it('are logged by kinds that the log knows', () => {
    const kinds = [...rows, ...STUDY_TRANSITIONS].flatMap(({ event }) => event ?? [])
    expect(kinds.filter((kind) => !(EVENT_KINDS as readonly string[]).includes(kind))).toEqual([])
  })
})

describe('the transitions of a study', () => {
  it('reach every state', () => {
    expect(STUDY_TRANSITIONS.map(({ command }) => studyTransition(command).to).sort()).toEqual(
      [...STUDY_STATES].sort(),
    )
  })
})

describe('ARCHITECTURE.md', () => {
  const text = readFileSync(fromRoot('ARCHITECTURE.md'), 'utf8')

  it('shows both tables', () => {
    const line = ({
      command,
      from,
      to,
      event,
      effect,
    }: {
      command: string
      from: readonly string[]
      to: readonly string[]
      event: string | null
      effect: string
    }) => `| ${command} | ${from.join(', ')} | ${to.join(', ')} | ${event ?? '–'} | ${effect} |`
    for (const row of rows) expect(text).toContain(line(row))
    for (const row of STUDY_TRANSITIONS) expect(text).toContain(line({ ...row, to: [row.to] }))
  })
})
