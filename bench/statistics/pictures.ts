/** The pictures of `statistics`. */
import { linePicture, type Series } from '../pictures/lines.js'
import { type Coverage, intervals } from './coverage.js'
import { type Stopping, situations } from './sequential.js'

export function stoppingPicture(rows: readonly Stopping[], what: 'errors' | 'power'): string {
  const shown = situations.filter(({ effect }) => (what === 'errors' ? effect === 0 : effect > 0))
  return linePicture({
    title: what === 'errors' ? 'Declared better, and it is not' : 'Declared better, and it is',
    subtitle: 'Share of experiments by the number of seeds, one contrast, α = .05',
    panels: shown.map(({ name }) => ({
      title: name,
      series: rows
        .filter(({ situation }) => situation === name)
        .map(
          ({ rule, declaredBy }): Series => ({
            label: rule,
            ours: !/after every seed from|once/.test(rule),
            points: pointsOf(declaredBy),
          }),
        ),
    })),
    x: { label: 'seeds' },
    y: what === 'errors' ? { label: 'share', from: 0, include: [0.05] } : { label: 'share', from: 0, to: 1 },
  })
}

/** In steps, because nothing is declared between two looks. */
function pointsOf(declaredBy: readonly number[]): Series['points'] {
  return declaredBy.flatMap((y, i) => [
    { x: i + 1, y: declaredBy[i - 1] ?? 0 },
    { x: i + 1, y },
  ])
}

export function coveragePicture(rows: readonly Coverage[]): string {
  return linePicture({
    title: 'What a 95 % interval covers',
    subtitle: 'Share of samples whose interval holds the true centre',
    panels: [...new Set(rows.map(({ distribution }) => distribution))].map((distribution) => ({
      title: distribution,
      series: Object.keys(intervals).map(
        (interval): Series => ({
          label: interval,
          ours: interval !== 'percentile bootstrap',
          points: rows
            .filter((row) => row.distribution === distribution && row.interval === interval)
            .flatMap(({ seeds, covers }) => (covers === null ? [] : [{ x: seeds, y: covers }])),
        }),
      ),
    })),
    x: { label: 'seeds', ticks: [3, 5, 8, 20] },
    y: { label: 'coverage', from: 0.7, to: 1 },
  })
}
