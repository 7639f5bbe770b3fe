/** The pictures of `service`. */
import { linePicture } from '../pictures/lines.js'
import type { Pace } from './pace.js'
import type { Summary } from './summary.js'

export function pairsPicture(summaries: readonly Summary[], { rounds, loads }: Pace): string {
  const workers = loads.filter(({ studies }) => studies === 1).map((load) => load.workers)
  return linePicture({
    title: 'Ask+tell pairs per second',
    subtitle: `one study, random search, workers and servers on one machine; ${rounds === 1 ? 'one round' : `median of ${rounds} rounds, band: all of them`}`,
    panels: [
      {
        title: 'All workers together',
        series: summaries.map(({ label, ours, loads }) => ({
          label,
          ours,
          points: loads
            .filter(({ studies }) => studies === 1)
            .map(({ workers, pairsPerSecond, low, high }) => ({ x: workers, y: pairsPerSecond, low, high })),
        })),
      },
    ],
    x: { label: 'workers', log: true, ticks: workers },
    y: { label: 'pairs per second', log: true },
  })
}

export function historyPicture(summaries: readonly Summary[], { histories }: Pace): string {
  const series = (of: (history: Summary['histories'][number]) => number) =>
    summaries.map(({ label, ours, histories }) => ({
      label,
      ours,
      points: histories.map((history) => ({ x: history.trials, y: of(history) })),
    }))
  return linePicture({
    title: 'One worker behind a long history',
    subtitle: 'one study, random search; median ask, and the first pair of a worker that is new to the study',
    panels: [
      { title: 'Ask', series: series(({ askMs }) => askMs.p50) },
      { title: 'First pair', series: series(({ firstMs }) => firstMs) },
    ],
    x: { label: 'finished trials', log: true, ticks: histories },
    y: { label: 'milliseconds', log: true },
  })
}
