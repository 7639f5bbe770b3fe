import { expect, test } from 'vitest'
import {
  checkParams,
  derive,
  expectedMemory,
  repair,
  spaceNamed,
  violated,
} from '../../search-spaces/index.js'

const space = spaceNamed('autoresearch-14')!

test('has the default configuration of the reference', () => {
  expect(space.defaults).toEqual({
    DEPTH: 8,
    ASPECT_RATIO: 64,
    HEAD_DIM: 128,
    DEVICE_BATCH_SIZE: 128,
    TOTAL_BATCH_SIZE: 524288,
    EMBEDDING_LR: 0.6,
    UNEMBEDDING_LR: 0.004,
    MATRIX_LR: 0.04,
    SCALAR_LR: 0.5,
    WEIGHT_DECAY: 0.2,
    WARMUP_RATIO: 0,
    WARMDOWN_RATIO: 0.5,
    FINAL_LR_FRAC: 0,
    WINDOW_PATTERN: 'SSSL',
  })
  expect(checkParams(space, space.defaults)).toEqual([])
})

test('derives the size of the model', () => {
  expect(derive(space, space.defaults)).toEqual({
    heads: 4,
    dim: 512,
    params: 12 * 8 * 512 ** 2 + 16384 * 512 + 4 * 8192 * 512,
  })
  expect(derive(space, { ...space.defaults, DEPTH: 9 })).toMatchObject({ heads: 5, dim: 640 })
})

test('expects the memory that was measured', () => {
  const { gb, limitGb } = expectedMemory(space, space.defaults)!
  expect(gb).toBeCloseTo(44, 0)
  expect(limitGb).toBe(75)
})

test('raises the total batch to a multiple of the device batch', () => {
  const small = { ...space.defaults, DEVICE_BATCH_SIZE: 256, TOTAL_BATCH_SIZE: 65536 }
  const because = 'TOTAL_BATCH_SIZE % (DEVICE_BATCH_SIZE * 2048) == 0'
  expect(violated(space, small)).toBe(because)
  expect(repair(space, small)).toEqual({
    ok: true,
    params: { ...small, TOTAL_BATCH_SIZE: 524288 },
    repairs: [{ parameter: 'TOTAL_BATCH_SIZE', from: 65536, to: 524288, rule: 'constraint', because }],
  })
})
