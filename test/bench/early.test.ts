import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { early } from '../../bench/early/index.js'
import type { Score } from '../../bench/quality/run.js'
import { UsageError } from '../../bench/subject.js'
import { fromRoot } from '../../src/root.js'
import { asked } from './asked.js'

const bench = asked({
  quick: true,
  peers: () => Promise.reject(new Error('nothing is to be measured')),
})

it('reads what the published runs had found by then, which is no better than what they found in the end', async () => {
  const { rows, tables } = await early.measure(bench)
  const { raw } = JSON.parse(readFileSync(fromRoot('bench/results/quality.json'), 'utf8'))
  const byTheEnd = new Map<string, readonly Score[]>(
    raw.map((group: { id: string; scores: Score[] }) => [group.id, group.scores]),
  )
  const found = rows as { id?: string; seeds: number; best: number }[]
  const read = found.filter(({ id }) => id !== undefined)
  expect(read.map(({ id }) => id)).toContain('optuna-tpe')
  for (const { id, seeds, best } of read) {
    const scores = byTheEnd.get(id!)!
    expect(seeds).toBe(scores.length)
    const inTheEnd = scores.reduce((sum, score) => sum + score.best, 0) / seeds
    expect(best).toBeGreaterThanOrEqual(inTheEnd)
    if (id === 'optuna-tpe') expect(best, 'it had not found that yet').toBeGreaterThan(inTheEnd + 0.001)
  }
  expect(tables[0]!.rows.map((row) => Number(row[2]!.split(' ')[0]))).toEqual(
    tables[0]!.rows.map((row) => Number(row[2]!.split(' ')[0])).toSorted(),
  )
})

it('measures peers alone', async () => {
  await expect(early.measure({ ...bench, methods: ['gp'] })).rejects.toThrow(UsageError)
})
