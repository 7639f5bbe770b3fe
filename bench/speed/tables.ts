/** The tables of `speed`. */
import type { Table } from '../subject.js'
import type { PointsTask } from './points.js'
import type { Points, Timed } from './summary.js'

export function askTable(timed: readonly Timed[], lengths: readonly number[]): Table {
  return {
    title: 'speed: CPU milliseconds an ask, behind so many trials',
    columns: ['method', ...lengths.map(String), 'growth', 'of ours at 1000'],
    rows: timed.map((row) => [
      row.label,
      ...cells(row, lengths, 'ask'),
      row.growth.toFixed(2),
      timesOurs(row, timed),
    ]),
    notes: [
      'Mean of 11 asks and tells in turn (a generation of CMA-ES), median of up to five such blocks; time of the processor, so that a ' +
        'busy machine does not count. ' +
        '“Growth” is k in time ∝ trialsᵏ, from 300 on. A dash: it did not get there in four minutes.',
    ],
  }
}

export function tellTable(timed: readonly Timed[], lengths: readonly number[]): Table {
  return {
    title: 'speed: CPU milliseconds a tell, behind so many trials',
    columns: ['method', ...lengths.map(String)],
    rows: timed.map((row) => [row.label, ...cells(row, lengths, 'tell')]),
    notes: [],
  }
}

export function pointsTable(points: readonly Points[], { dimensions, generations }: PointsTask): Table {
  return {
    title: `speed: CPU microseconds a point of CMA-ES, n = ${dimensions}`,
    columns: ['library', 'ask + tell'],
    rows: points.map(({ label, seconds }) => [label, (1e6 * seconds).toFixed(1)]),
    notes: [
      `${generations} generations on an ellipsoid from the centre of the cube, eigendecompositions included; median of the searches.`,
    ],
  }
}

function cells({ at }: Timed, lengths: readonly number[], key: 'ask' | 'tell'): string[] {
  return lengths.map((length) => {
    const measured = at.find((each) => each.length === length)
    return measured ? milliseconds(measured[key]) : '–'
  })
}

/** How many times as long as ours of the same kind. */
function timesOurs({ rival, at }: Timed, timed: readonly Timed[]): string {
  const own = timed.find(({ id }) => id === rival)
  const [theirs, ours] = [at, own?.at].map((list) => list?.find(({ length }) => length === 1000)?.ask)
  if (!theirs || !ours) return ''
  const times = theirs / ours
  return `${times < 10 ? times.toFixed(1) : Math.round(times)} ×`
}

function milliseconds(seconds: number): string {
  return Number((1000 * seconds).toPrecision(3)).toString()
}
