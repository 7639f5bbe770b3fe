import { expect, it } from 'vitest'
import { keep } from '../../bench/keep/index.js'
import type { RuleRow } from '../../bench/keep/summary.js'
import { markdown } from '../../bench/table.js'
import { asked } from './asked.js'

const bench = asked({ quick: true, peers: () => Promise.reject(new Error('there is no peer here')) })

it('shows that any lower value keeps noise, and what it costs not to', async () => {
  const { rows, tables, pictures } = await keep.measure(bench)
  const row = (rule: string, noise: number) =>
    (rows as RuleRow[]).find((one) => one.rule === rule && one.noise === noise)!
  for (const noise of [0.0004, 0.0044]) {
    const [lower, confirmed] = [row('lower', noise), row('confirmed', noise)]
    expect(lower.falseKeeps).toBeGreaterThan(0.25)
    expect(confirmed.falseKeeps).toBeLessThan(lower.falseKeeps / 2)
    expect(confirmed.edits).toBeLessThan(lower.edits)
  }
  const { claimed, progress } = row('lower', 0.0044)
  expect(claimed).toBeGreaterThan(2 * progress)
  expect(tables.map(markdown).join('')).toContain('GPU h a true keep')
  expect(Object.keys(pictures)).toEqual(['keep-decisions'])
}, 60_000)
