import { describe, expect, it } from 'vitest'
import { evaluate, LandscapeError, landscape, readLandscape, truth } from '../../trainer/landscape/index.js'
import weights from '../../trainer/landscape/weights.json' with { type: 'json' }
import { baseline } from './configurations.js'

function fault(act: () => unknown): LandscapeError {
  try {
    act()
  } catch (error) {
    if (error instanceof LandscapeError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a configuration that is not of the space', () => {
  const cases: [string, Record<string, unknown>, string, string][] = [
    ['out of range', { DEPTH: 25 }, 'invalid_parameter', 'DEPTH is 25: expected an integer from 4 to 24'],
    ['not whole', { DEPTH: 8.5 }, 'invalid_parameter', 'DEPTH is 8.5: expected an integer from 4 to 24'],
    [
      'no power of two',
      { HEAD_DIM: 96 },
      'invalid_parameter',
      'HEAD_DIM is 96: expected a power of two from 64 to 256',
    ],
    [
      'not a number',
      { MATRIX_LR: '0.04' },
      'invalid_parameter',
      'MATRIX_LR is "0.04": expected a number from 0.005 to 0.2',
    ],
    [
      'NaN',
      { SCALAR_LR: Number.NaN },
      'invalid_parameter',
      'SCALAR_LR is NaN: expected a number from 0.05 to 2',
    ],
    [
      'infinite',
      { SCALAR_LR: Infinity },
      'invalid_parameter',
      'SCALAR_LR is Infinity: expected a number from 0.05 to 2',
    ],
    [
      'no choice',
      { WINDOW_PATTERN: 'LL' },
      'invalid_parameter',
      'expected one of SSSL, SSLL, SLSL, LLLL, SSSS, LSSL',
    ],
    [
      'missing',
      { WARMUP_RATIO: undefined },
      'missing_parameter',
      'WARMUP_RATIO is missing: expected a number from 0 to 0.3',
    ],
    [
      'unknown',
      { LEARNING_RATE: 0.1 },
      'unknown_parameter',
      'LEARNING_RATE is not one of DEPTH, ASPECT_RATIO',
    ],
  ]
  it.each(cases)('%s', (_, change, code, message) => {
    const params = { ...baseline, ...change }
    for (const act of [() => evaluate(landscape(), params, { seed: 1 }), () => truth(landscape(), params)]) {
      expect(fault(act).code).toBe(code)
      expect(fault(act).path).toBe(Object.keys(change)[0])
      expect(fault(act).message).toContain(message)
    }
  })

  it('has no truth where the trainer would not start', () => {
    const params = { ...baseline, TOTAL_BATCH_SIZE: 131072 }
    expect(fault(() => truth(landscape(), params)).message).toContain(
      'TOTAL_BATCH_SIZE is 131072: expected a multiple',
    )
  })
})

describe('options', () => {
  it('want a whole seed and a positive limit', () => {
    expect(fault(() => evaluate(landscape(), baseline, { seed: 0.5 })).message).toContain('seed is 0.5')
    const limited = () => evaluate(landscape(), baseline, { seed: 1, memoryLimitGb: 0 })
    expect(fault(limited).message).toContain('memoryLimitGb is 0')
  })
})

describe('a weights file', () => {
  it('of another version is refused, both named', () => {
    const refused = fault(() => readLandscape({ ...weights, version: 7 }))
    expect(refused.code).toBe('unsupported_version')
    expect(refused.message).toContain('version is 7: this evaluator reads version 1')
  })

  it('that is none is refused at its first fault', () => {
    expect(fault(() => readLandscape(null)).code).toBe('invalid_weights')
    expect(fault(() => readLandscape({})).path).toBe('format')
    expect(fault(() => readLandscape({ ...weights, noise: { speed: 'fast' } })).path).toContain('noise')
    const truncated = structuredClone(weights)
    truncated.value.networks[2]!.layers[1]!.weights.pop()
    expect(fault(() => readLandscape(truncated)).message).toContain(
      'value.networks.2.layers.1.weights has 1023 numbers',
    )
    const renamed = { ...weights, features: ['height', ...weights.features.slice(1)] }
    expect(fault(() => readLandscape(renamed)).path).toBe('features')
  })
})
