/** The pictures of `centaur`. */

import { median, quantile } from '../../src/statistics/describe.js'
import { linePicture } from '../pictures/lines.js'
import { advisors } from './arms.js'
import type { Group, Row } from './summary.js'

export function sharesPicture(rows: readonly Row[]): string {
  const alone = rows.find(({ advisor }) => advisor === null)!
  return linePicture({
    title: 'What an advisor’s share of the trials is worth',
    subtitle:
      'val_bpb without noise of the configuration with the best observed value after 24 simulated hours: mean, 95 % interval',
    panels: [
      {
        title: 'cma-es, overridden on a share of its trials',
        series: advisors.map((advisor) => ({
          label: advisor,
          ours: true,
          points: [alone, ...rows.filter((row) => row.advisor === advisor && !row.adaptive)].map(
            ({ ratio, truth }) => ({
              x: ratio,
              y: truth.mean,
              low: truth.low,
              high: truth.high,
            }),
          ),
        })),
      },
    ],
    x: { label: 'share of the trials after the warm-up', from: 0, to: 1, ticks: [0, 0.1, 0.3, 0.5, 0.8, 1] },
    y: { label: 'val_bpb (bits per byte)' },
  })
}

export function hoursPicture(groups: readonly Group[]): string {
  const shown = groups.filter(({ arm }) => arm.advisor === null || (arm.ratio === 0.3 && !arm.adaptive))
  return linePicture({
    title: 'The incumbent over simulated H200 hours, share 0.3',
    subtitle: 'val_bpb without noise: median over seeds, band: quartiles',
    panels: [
      {
        title: 'cma-es',
        series: shown.map(({ arm, scores }) => ({
          label: arm.advisor ?? 'alone',
          ours: true,
          points: scores[0]!.hourly.map((_, i) => {
            const values = scores.map(({ hourly }) => hourly[i]!)
            return { x: i + 1, y: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) }
          }),
        })),
      },
    ],
    x: { label: 'GPU hours charged', from: 0, to: 24, ticks: [0, 4, 8, 12, 16, 20, 24] },
    y: { label: 'val_bpb (bits per byte)' },
  })
}
