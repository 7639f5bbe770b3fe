import { expect, test } from 'vitest'
import {
  checkParams,
  decode,
  fix,
  readSpace,
  repair,
  SpaceError,
  spaceNamed,
} from '../../search-spaces/index.js'

const space = spaceNamed('lora-fine-tuning')!

test('a fixed parameter keeps its value in every configuration and loses its coordinate', () => {
  const narrower = fix(space, { rank: 8, epochs: 1 })
  expect(narrower.searched).toHaveLength(space.searched.length - 2)
  expect(narrower.searched.map(({ coordinate }) => coordinate)).toEqual(narrower.searched.map((_, i) => i))
  expect(narrower.fingerprint).not.toBe(space.fingerprint)
  expect(narrower.defaults).toMatchObject({ rank: 8, epochs: 1 })
  expect(decode(narrower, new Array(15).fill(0.1))).toMatchObject({ rank: 8, epochs: 1 })
  expect(repair(narrower, { rank: 64 })).toMatchObject({ ok: true, params: { rank: 8 } })
})

test('fixing a parent settles which of its children are searched', () => {
  const full = fix(space, { method: 'full' })
  expect(full.searched.map(({ name }) => name)).not.toContain('rank')
  expect(full.defaults).not.toHaveProperty('rank')
  expect(checkParams(full, full.defaults)).toEqual([])
  const lora = fix(space, { method: 'lora' })
  expect(lora.searched).toHaveLength(space.searched.length - 1)
  expect(lora.defaults).toHaveProperty('rank')
})

test('a fixed child still waits for its parent', () => {
  const fixed = fix(space, { rank: 8 })
  expect(repair(fixed, { method: 'full' })).toMatchObject({
    ok: true,
    params: expect.not.objectContaining({ rank: 8 }),
  })
})

test('a constraint moves what is not fixed, and is refused where everything that may move is', () => {
  const fixed = fix(space, { device_batch_size: 32 })
  expect(repair(fixed, { batch_size: 8 })).toMatchObject({ ok: true, params: { batch_size: 32 } })
  const stuck = () => fix(space, { device_batch_size: 32, batch_size: 8 })
  expect(stuck).toThrow(
    /with these values the space cannot be searched: constraints\.0: .*batch_size % device_batch_size == 0/,
  )
})

test('every fault is told at once, with its path', () => {
  const fixing = () => fix(space, { rank: 7, epochs: '3', Rank: 8, constructor: 1 })
  expect(fixing).toThrow(SpaceError)
  expect(fixing).toThrow(/rank: expected a power of two from 4 to 256, got 7/)
  expect(fixing).toThrow(/epochs: expected an integer from 1 to 5, got "3"/)
  expect(fixing).toThrow(/Rank: .*no such parameter/)
  expect(fixing).toThrow(/constructor: .*no such parameter/)
})

test('a step that another language computed is fixed as the step', () => {
  expect(fix(space, { warmup_ratio: 0.1 + 0.02 + 0.03 }).defaults.warmup_ratio).toBe(0.15)
})

test('fixing everything leaves nothing to search', () => {
  const one = readSpace({ parameters: { A: { type: 'bool' } } })
  expect(() => fix(one, { A: true })).toThrow(/nothing to search/)
})

test('fixing nothing is the same space', () => {
  expect(fix(space, {}).fingerprint).toBe(space.fingerprint)
})
