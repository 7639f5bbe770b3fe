/** The pictures of `keep`. */
import { linePicture, type Series } from '../pictures/lines.js'
import type { Decision } from './decisions.js'
import type { Rule } from './rules.js'

export function decisionsPicture(rows: readonly Decision[], rules: readonly Rule[]): string {
  const series = (y: (row: Decision) => number) =>
    rules.map(
      ({ id, ours }): Series => ({
        label: id,
        ours,
        points: rows.filter(({ rule }) => rule === id).map((row) => ({ x: row.gain, y: y(row) })),
      }),
    )
  return linePicture({
    title: 'When an edit is kept',
    subtitle: 'Share of simulated edits that each rule keeps, by how much lower their true value is',
    panels: [{ title: 'kept', series: series(({ kept }) => kept) }],
    x: { label: 'true gain, in standard deviations of one run' },
    y: { label: 'share', from: 0, to: 1 },
  })
}
