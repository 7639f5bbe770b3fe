import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { methods } from '../../bench/quality/methods.js'
import { groupKey, openPublished } from '../../bench/quality/published.js'
import { type Run, runOnce } from '../../bench/quality/run.js'
import { fromRoot } from '../../src/root.js'

const folder = mkdtempSync(join(tmpdir(), 'chiron-published-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = (id: string, seed: number, workers = 1): Run => ({
  method: methods.find((method) => method.id === id)!,
  seed,
  workers,
})

it('gives the published score of a run, by its seed, under the key of all that it depends on', () => {
  const file = join(folder, 'quality.json')
  const scores = [{ best: 0.9 }, { best: 0.8 }]
  const raw = [
    { key: groupKey(run('random', 0)), scores },
    { key: `${groupKey(run('sobol', 0))}, of other sources`, scores },
  ]
  writeFileSync(file, JSON.stringify({ raw }))
  const published = openPublished([file, join(folder, 'none.json')])
  expect(published(run('random', 1))).toEqual({ best: 0.8 })
  expect(published(run('random', 2))).toBeUndefined()
  expect(published(run('random', 1, 16))).toBeUndefined()
  expect(published(run('sobol', 0))).toBeUndefined()
})

it('knows all seeds of a group that another file holds with fewer', () => {
  const key = groupKey(run('random', 0))
  const files = [[{ best: 0.9 }, { best: 0.8 }], [{ best: 0.9 }]].map((scores, i) => {
    const file = join(folder, `${i}.json`)
    writeFileSync(file, JSON.stringify({ raw: [{ key, scores }] }))
    return file
  })
  for (const order of [files, files.toReversed()])
    expect(openPublished(order)(run('random', 1))).toEqual({ best: 0.8 })
})

it.each(['random', 'sobol', 'tpe', 'cma-es+formula'])(
  'holds what is published of %s: seed 0 measured again has the published score, under the published key',
  { timeout: 120_000 },
  async (id) => {
    const { raw } = JSON.parse(readFileSync(fromRoot('bench/results/quality.json'), 'utf8'))
    const group = raw.find((one: { id: string; workers: number }) => one.id === id && one.workers === 1)
    expect(groupKey(run(id, 0))).toBe(group.key)
    const { incumbents, ...score } = await runOnce(run(id, 0))
    const { incumbents: published, ...expected } = group.scores[0]
    expect(rounded(score)).toEqual(rounded(expected))
    expect(rounded(incumbents)).toEqual(rounded(published))
  },
)

it('keeps the published runs of every peer under their keys: what another subject needs of its script stands elsewhere', () => {
  const files = ['bench/results/quality.json', 'bench/results/parallel/quality.json'].map(fromRoot)
  const published = files.flatMap(
    (file): { id: string; workers: number; key: string }[] => JSON.parse(readFileSync(file, 'utf8')).raw,
  )
  const peers = methods.filter(({ by }) => by === 'peer').map(({ id }) => id)
  const theirs = published.filter(({ id }) => peers.includes(id))
  expect(theirs.length).toBeGreaterThanOrEqual(8)
  for (const { id, workers, key } of theirs) expect(groupKey(run(id, 0, workers)), id).toBe(key)
})

/** The last digits differ with the order of additions on another processor. */
function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner) => (typeof inner === 'number' ? Number(inner.toPrecision(9)) : inner)),
  )
}
