import { describe, expect, it } from 'vitest'
import { evaluate, landscape, truth } from '../../trainer/landscape/index.js'

const baseline = {
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
}

describe('the simulated H200', () => {
  it('gives the baseline configuration what the card gave it', () => {
    expect(Math.abs(truth(landscape(), baseline) - 0.9914)).toBeLessThan(0.0007)
    const run = evaluate(landscape(), baseline, { seed: 1 })
    expect(run).toMatchObject({ outcome: 'complete', trainSeconds: 300 })
    expect(Math.abs(run.peakMemoryMb / 1024 - 44.0)).toBeLessThan(0.15)
  })
})
