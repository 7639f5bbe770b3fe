import { expect, it } from 'vitest'
import { StudyView, type Summary } from '../../src/cli/study-view.js'

/** A title, a cleared screen, a colour of 8 bits, a reversed direction. */
const HOSTILE = 'stop\x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil\r\nnext'

it('text of others reaches the terminal without a control character', () => {
  const view = new StudyView('s')
  view.setSummary({
    state: 'paused',
    reason: HOSTILE,
    trials: { complete: 0, failed: 0, running: 0 },
    budget: { trainSecondsUsed: 0 },
    oomRate: { all: null },
    preflightRefusals: 0,
    sources: {},
  } satisfies Summary)
  const printed = [
    view.addEvent({ kind: 'paused', number: null, reason: HOSTILE }),
    view.addEvent({ kind: 'settled', number: 1, source: HOSTILE, state: HOSTILE }),
    ...view.conclusionLines(),
    ...view.lines(),
  ]
  for (const line of printed) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    const bare = (line ?? '').replace(/\x1b\[\d*m/g, '')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(bare).not.toMatch(/[\0-\x1f\x7f-\x9f\u202e]/)
  }
  expect(printed[0]).toContain('stop\\u001b]0;owned')
})
