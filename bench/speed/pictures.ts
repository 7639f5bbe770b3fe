/** The picture of `speed`. */
import { linePicture } from '../pictures/lines.js'
import type { Timed } from './summary.js'

export function askPicture(timed: readonly Timed[], lengths: readonly number[]): string {
  const series = (key: 'ask' | 'tell') =>
    timed.map(({ label, ours, at }) => ({
      label,
      ours,
      points: at.map((measured) => ({ x: measured.length, y: 1000 * measured[key] })),
    }))
  return linePicture({
    title: 'What an ask and a tell cost behind a long history',
    subtitle:
      'autoresearch-14 (14 parameters), time of the processor; mean of 11 trials, median of up to five such blocks',
    panels: [
      { title: 'Ask', series: series('ask') },
      { title: 'Tell', series: series('tell') },
    ],
    x: { label: 'trials in the history', log: true, ticks: lengths },
    y: { label: 'CPU milliseconds', log: true },
  })
}
