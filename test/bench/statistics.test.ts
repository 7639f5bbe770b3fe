import { expect, it } from 'vitest'
import type { Coverage } from '../../bench/statistics/coverage.js'
import type { FamilyError } from '../../bench/statistics/families.js'
import { statistics } from '../../bench/statistics/index.js'
import { markdown } from '../../bench/table.js'
import { asked } from './asked.js'

const bench = asked({ quick: true, peers: () => Promise.reject(new Error('there is no peer here')) })

it('shows by simulation which rules keep their level, and what the intervals cover', async () => {
  const { rows, tables, pictures } = await statistics.measure(bench)
  const stopping = (situation: string) =>
    (rows as { situation?: string; declared: number }[])
      .filter((row) => row.situation === situation)
      .map(({ declared }) => declared)
  const [peeking, , looks, eValues] = stopping('no difference')
  expect(peeking).toBeGreaterThan(0.1)
  for (const share of [looks, eValues]) expect(share).toBeLessThan(0.05)
  const [, once, planned, anytime] = stopping('1 sd')
  expect(planned).toBeGreaterThan(once! - 0.05)
  expect(anytime).toBeGreaterThan(0.8)

  const covers = (rows as Partial<Coverage>[]).filter(
    ({ seeds, covers }) => seeds === 3 && covers !== undefined,
  )
  expect(covers.find(({ interval }) => interval === 'percentile bootstrap')!.covers).toBeLessThan(0.85)
  expect(covers.find(({ interval }) => interval === 'Student’s t')!.covers).toBeGreaterThan(0.9)
  expect(covers.find(({ interval }) => interval === 'Hodges–Lehmann, exact')!.covers).toBeNull()

  const families = (rows as Partial<FamilyError>[]).filter(({ wrong }) => wrong !== undefined)
  expect(families.find(({ rule }) => rule === 'some p < .10')!.wrong).toBeGreaterThan(0.3)
  expect(families.find(({ rule }) => rule === 'some p ≤ .05 after Holm')!.wrong).toBeLessThan(0.07)

  expect(tables.map(markdown).join('')).toContain('Hodges–Lehmann, exact, normal')
  expect(Object.keys(pictures)).toEqual(['statistics-errors', 'statistics-power', 'statistics-coverage'])
})
