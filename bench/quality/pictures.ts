/** The pictures of `quality`. */

import { median, quantile } from '../../src/statistics/describe.js'
import { type DotRow, dotPicture } from '../pictures/dots.js'
import { linePicture, type Point } from '../pictures/lines.js'
import { families } from './methods.js'
import { type Score, targetBpb } from './run.js'
import type { Group, Row } from './summary.js'

const quarterHours = Array.from({ length: 96 }, (_, i) => (i + 1) / 4)
/** In the regret's picture a panel with all variants of ours would hide what it is to show. */
const shownPreflights = ['off', 'formula']

/** How far the best configuration so far is from the best that any run found, over the hours it was paid for. */
export function regretPicture(groups: readonly Group[]): string {
  const bestKnown = Math.min(...groups.flatMap(({ scores }) => scores.flatMap(truths)))
  const seeds = Math.max(...groups.map(({ scores }) => scores.length))
  return linePicture({
    title: 'Regret over simulated H200 hours, one worker',
    subtitle: `val_bpb without noise of the best configuration so far, above the best that any run found (${bestKnown.toFixed(4)}); median of up to ${seeds} seeds, band: quartiles`,
    panels: families.flatMap((family) => {
      const series = groups
        .filter(({ method }) => method.family === family)
        .filter(({ method }) => method.by === 'peer' || shownPreflights.includes(method.search.preflight!))
        .map(({ method, scores }) => ({
          label: method.label,
          ours: method.by === 'us',
          points: regretPoints(scores, bestKnown),
        }))
      return series.length > 0 ? [{ title: family, series }] : []
    }),
    x: { label: 'GPU hours charged', from: 0, to: 24, ticks: [0, 4, 8, 12, 16, 20, 24] },
    y: { label: 'regret (bits per byte)', log: true, from: 0.0001 },
  })
}

export function bestPicture(groups: readonly Group[], rows: readonly Row[]): string {
  const dots: DotRow[] = groups
    .map(({ method, scores }, i) => ({
      label: method.label,
      ours: method.by === 'us',
      mean: rows[i]!.truth.mean,
      low: rows[i]!.truth.low,
      high: rows[i]!.truth.high,
      values: scores.map(({ truth }) => truth),
    }))
    .sort((a, b) => a.mean - b.mean)
  return dotPicture({
    title: 'What 24 simulated H200 hours find, one worker',
    subtitle:
      'The configuration with the best observed value, without noise: mean, its 95 % bootstrap interval, every seed',
    rows: dots,
    x: { label: 'val_bpb (bits per byte, lower is better)' },
    mark: { at: targetBpb, label: `target ${targetBpb}` },
  })
}

/** The same 24 GPU hours spent by more workers at once: what not knowing the pending results costs. */
export function parallelPicture(groups: readonly Group[]): string {
  const workers = [...new Set(groups.map((group) => group.workers))].sort((a, b) => a - b)
  return linePicture({
    title: 'The same 24 GPU hours, spent by more workers at once',
    subtitle:
      'val_bpb without noise of the configuration with the best observed value: median over seeds, band: quartiles',
    panels: families.flatMap((family) => {
      const own = groups.filter(({ method }) => method.family === family)
      const series = [...new Set(own.map(({ method }) => method))]
        .filter((method) => method.by === 'peer' || shownPreflights.includes(method.search.preflight!))
        .map((method) => ({
          label: method.label,
          ours: method.by === 'us',
          points: own.filter((group) => group.method === method).map(parallelPoint),
        }))
        .filter(({ points }) => points.length > 1)
      return series.length > 0 ? [{ title: family, series }] : []
    }),
    x: { label: 'workers', log: true, ticks: workers },
    y: { label: 'val_bpb (bits per byte)' },
  })
}

function parallelPoint({ workers, scores }: Group): Point {
  return { x: workers, ...quartiles(scores.map(({ truth }) => truth)) }
}

function regretPoints(scores: readonly Score[], bestKnown: number): Point[] {
  return quarterHours.map((hours) => ({
    x: hours,
    ...quartiles(scores.map((score) => truthAt(score, hours) - bestKnown)),
  }))
}

function quartiles(values: readonly number[]): Omit<Point, 'x'> {
  return { y: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) }
}

/** Of the incumbent at this hour; of the first one before there was any. */
function truthAt({ incumbents }: Score, hours: number): number {
  return (incumbents.findLast(([since]) => since <= hours) ?? incumbents[0]!)[2]
}

function truths({ incumbents }: Score): number[] {
  return incumbents.map(([, , truth]) => truth)
}
