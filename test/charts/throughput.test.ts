/** Trials per hour over how many ran at a time. */
import { describe, expect, test } from 'vitest'
import { throughputChart, throughputOf } from '../../charts/throughput.js'

/** `workers` that run so many spans of this length, one after the other, from `begin` on. */
function spans(begin: number, workers: number, each: number, hours: number) {
  return Array.from({ length: workers * each }, (_, i) => {
    const from = begin + Math.floor(i / workers) * hours
    return { from, to: from + hours }
  })
}

describe('throughput', () => {
  test('is what ended while so many ran, over how long they did', () => {
    const found = throughputOf([...spans(0, 1, 4, 0.5), ...spans(10, 4, 5, 0.5)])
    expect(found.map(({ running, hours }) => [running, hours])).toEqual([
      [1, 2],
      [4, 2.5],
    ])
    expect(found[0]!.perHour).toBeCloseTo(2)
    expect(throughputOf([])).toEqual([])
  })

  test('counts an end to the workers that ran until then', () => {
    const found = throughputOf([
      { from: 0, to: 2 },
      { from: 0, to: 1 },
    ])
    expect(found).toEqual([
      { running: 1, hours: 1, ended: 1, perHour: 1 },
      { running: 2, hours: 1, ended: 1, perHour: 1 },
    ])
  })

  test('is drawn only where the number has changed', () => {
    expect(throughputChart(throughputOf(spans(0, 2, 5, 1)), 600)).toBeUndefined()
    const chart = throughputChart(throughputOf([...spans(0, 1, 4, 0.5), ...spans(10, 4, 5, 0.5)]), 600)!
    expect(chart.scene.description).toContain('4 at a time')
  })
})
