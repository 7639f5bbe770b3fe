import { describe, expect, test } from 'vitest'
import { numberText, ticksText } from '../../charts/numbers.js'
import { type Axis, scaleOf } from '../../charts/scales.js'
import { fitText, textWidth, wrapText } from '../../charts/text.js'

const axis = (more: Partial<Axis> = {}): Axis => ({ label: 'loss', ...more })
const labels = (scale: ReturnType<typeof scaleOf>) => scale.ticks.map(({ label }) => label)

describe('a scale', () => {
  test('puts a tenfold difference equally far apart wherever it is, on a log axis', () => {
    const { at } = scaleOf(axis({ kind: 'log' }), [0.001, 10], [0, 400])
    expect(at(0.01) - at(0.001)).toBeCloseTo(at(10) - at(1), 6)
  })

  test('says where a place came from', () => {
    for (const kind of ['linear', 'log'] as const) {
      const { at, invert } = scaleOf(axis({ kind }), [0.5, 80], [300, 20])
      expect(invert(at(3.7))).toBeCloseTo(3.7, 9)
    }
  })

  test('is linear where a value has no logarithm, so that nothing is lost', () => {
    const scale = scaleOf(axis({ kind: 'log' }), [-1, 10], [0, 100])
    expect(scale.kind).toBe('linear')
    expect(Number.isFinite(scale.at(-1))).toBe(true)
  })

  test('has room where there is one value, or none', () => {
    const one = scaleOf(axis(), [7], [0, 100])
    expect(one.at(7)).toBeCloseTo(50, 6)
    expect(scaleOf(axis(), [], [0, 100]).ticks.length).toBeGreaterThan(1)
    expect(scaleOf(axis({ kind: 'log' }), [3], [0, 100]).ticks.length).toBeGreaterThan(0)
  })

  test('gives every category a place of its own', () => {
    const scale = scaleOf(axis({ kind: 'category', categories: ['a', 'b', 'c'] }), [], [0, 90])
    expect(labels(scale)).toEqual(['a', 'b', 'c'])
    expect([0, 1, 2].map(scale.at)).toEqual([15, 45, 75])
    expect(Math.round(scale.invert(44))).toBe(1)
  })

  test('labels whole numbers only, where only they have a meaning', () => {
    expect(labels(scaleOf(axis({ whole: true }), [0, 3], [0, 600]))).toEqual(['0', '1', '2', '3'])
  })

  test('labels the powers of two that a parameter can have', () => {
    const scale = scaleOf(axis({ kind: 'log', ticks: [32, 64, 128, 256] }), [32, 256], [0, 600])
    expect(labels(scale)).toEqual(['32', '64', '128', '256'])
  })

  test.each([
    [0.00001, 1],
    [1e-8, 1e6],
    [0.1, 0.4],
    [1, 3e5],
  ])('labels a log axis from %d to %d at least twice, and never twice the same', (low, high) => {
    const found = labels(scaleOf(axis({ kind: 'log' }), [low, high], [0, 400]))
    expect(found.length).toBeGreaterThan(1)
    expect(new Set(found).size).toBe(found.length)
  })
})

describe('a number', () => {
  test.each([
    [0.974212345, '0.97421'],
    [12_800, '12\u202f800'],
    [0.00000032, '3.2e-7'],
    [-3, '−3'],
    [0, '0'],
    [Number.NaN, '–'],
    [1e12, '1e12'],
  ])('%d is written %s', (value, text) => {
    expect(numberText(value)).toBe(text)
  })

  test('the ticks of one axis have equally many decimals', () => {
    expect(ticksText([0.97, 0.975, 0.98])).toEqual(['0.970', '0.975', '0.980'])
  })
})

describe('a label', () => {
  test('is broken where a reader would break it, and shortened in its last line', () => {
    expect(wrapText('DEVICE_BATCH_SIZE', 70)).toEqual(['DEVICE_', expect.stringContaining('BATCH_')])
    const lines = wrapText('one two three four five six seven', 60, 2)
    expect(lines).toHaveLength(2)
    expect(lines[1]).toMatch(/…$/)
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(60)
  })

  test('that fits stays as it is', () => {
    expect(fitText('loss', 100)).toBe('loss')
  })
})
