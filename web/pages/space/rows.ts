/** Which trials the figures of the space show. */
import { type Brushes, insideBrushes } from '../../data/brushes.js'
import { valuesOf } from '../../data/space.js'
import type { LiveStudy } from '../../data/study.js'
import type { Study } from '../../data/types.js'

export interface SpaceProps {
  readonly live: LiveStudy
  readonly study: Study
  readonly names: readonly string[]
  readonly brushes: Brushes
  readonly version: number
  readonly top: number
}

export interface Rows {
  /** With a value, the worst first, so that the best are drawn last and lie on top. */
  readonly valued: readonly number[]
  readonly failed: readonly number[]
}

/** So many of the rows, which come worst first: the best of them, and an even sample of the others. */
export function sampledRows(rows: readonly number[], most: number): readonly number[] {
  if (rows.length <= most) return rows
  const best = Math.floor(most / 4)
  const others = most - best
  const every = (rows.length - best) / others
  return [...Array.from({ length: others }, (_, i) => rows[Math.floor(i * every)]!), ...rows.slice(-best)]
}

/** Of the best so many, those inside of every brush; and those that failed, where all are shown. */
export function shownRows({ live, study, brushes, top }: SpaceProps): Rows {
  const values = live.table.numbers('value')
  const inside = insideBrushes(brushes, (name) => valuesOf(live, name))
  const sign = study.objective.direction === 'minimize' ? -1 : 1
  const ended = live.table.ended
  const valued = ended
    .filter((row) => Number.isFinite(values[row]!))
    .sort((a, b) => sign * (values[a]! - values[b]!))
  const best = Number.isFinite(top) ? valued.slice(-top) : valued
  const failed = Number.isFinite(top) ? [] : ended.filter((row) => live.table.text('state', row) === 'failed')
  return { valued: best.filter(inside), failed: failed.filter(inside) }
}
