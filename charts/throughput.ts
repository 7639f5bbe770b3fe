/** How many trials ended per hour while so many ran at a time: what more devices bring. */
import { numberText } from './numbers.js'
import { type Chart, xyChart } from './xy.js'

/** In hours. */
export interface Span {
  readonly from: number
  readonly to: number
}

export interface Throughput {
  readonly running: number
  /** How long so many ran. */
  readonly hours: number
  /** How many spans ended while so many ran. */
  readonly ended: number
  readonly perHour: number
}

/** What ends counts to as many as ran until then. */
export function throughputOf(spans: readonly Span[]): Throughput[] {
  const moves = movesOf(spans)
  const levels = new Map<number, { hours: number; ended: number }>()
  let running = 0
  moves.forEach(({ at, begun, ended }, i) => {
    if (running > 0) {
      const level = levels.get(running) ?? { hours: 0, ended: 0 }
      level.hours += at - moves[i - 1]!.at
      level.ended += ended
      levels.set(running, level)
    }
    running += begun - ended
  })
  return [...levels]
    .map(([level, { hours, ended }]) => ({ running: level, hours, ended, perHour: ended / hours }))
    .sort((a, b) => a.running - b.running)
}

/** How many begin and end at each time, first to last. */
function movesOf(spans: readonly Span[]): { at: number; begun: number; ended: number }[] {
  const times = new Map<number, { at: number; begun: number; ended: number }>()
  const moveAt = (at: number) => {
    const move = times.get(at) ?? { at, begun: 0, ended: 0 }
    times.set(at, move)
    return move
  }
  for (const { from, to } of spans) {
    moveAt(from).begun++
    moveAt(to).ended++
  }
  return [...times.values()].sort((a, b) => a.at - b.at)
}

/** Of a level at which hardly anything ended the rate says nothing. */
const FEWEST = 3

/** Undefined where fewer than two levels say anything. */
export function throughputChart(found: readonly Throughput[], width: number): Chart | undefined {
  const shown = found.filter(({ ended }) => ended >= FEWEST)
  const [first] = shown
  const last = shown.at(-1)
  if (first === undefined || last === undefined || shown.length < 2) return undefined
  const each = first.perHour / first.running
  return xyChart({
    width,
    height: 240,
    title: 'Trials per hour over trials at a time',
    description: shown
      .map(({ running, perHour }) => `${running} at a time: ${numberText(perHour, 3)} an hour`)
      .join('; '),
    x: { label: 'trials at a time (devices busy)', whole: true, include: [0] },
    y: { label: 'trials per hour', include: [0] },
    lines: [
      { label: 'measured', colour: 'c0', points: shown.map(({ running, perHour }) => [running, perHour]) },
      {
        label: `in proportion to ${first.running}`,
        colour: 'soft',
        dash: [5, 4],
        width: 1.2,
        points: [
          [0, 0],
          [last.running, each * last.running],
        ],
      },
    ],
    symbols: [
      {
        label: 'measured',
        quiet: true,
        shape: 'circle',
        colour: 'c0',
        size: 7,
        x: shown.map(({ running }) => running),
        y: shown.map(({ perHour }) => perHour),
      },
    ],
  })
}
