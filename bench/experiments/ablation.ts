/** The ratio ablation: examples/ratio-ablation.json, a script of training lore and three controls at every share. */

import type { Analysis } from '../../src/statistics/analysis.js'
import { linePicture } from '../pictures/lines.js'
import type { Table } from '../subject.js'
import { examplePlan, type Size } from './examples.js'
import { part } from './part.js'
import { type Ended, failuresOf, openService } from './run-experiment.js'
import { plusMinus, probability, runningTable, thousandths, verdictText } from './tables.js'

const ADVISORS = ['expert', 'copy', 'jitter', 'random'] as const
const SHARES = [0, 0.1, 0.3, 0.5, 0.8, 1] as const

export const ablation = part<Size, Ended>({
  id: 'ablation',
  full: { hours: 24, seeds: 8 },
  quick: { hours: 2, seeds: 2 },
  measure: measureAblation,
  show: (ended, size) => ({
    tables: [sharesTable(ended, size), contrastsTable(ended), runningTable('ablation', ended)],
    pictures: { experiments: sharesPicture(ended.analysis, size) },
    missing: failuresOf(ended),
    rows: [...ended.analysis.arms, ...ended.analysis.trends].map((row) => ({ part: 'ablation', ...row })),
    raw: { ablation: ended },
  }),
})

export async function measureAblation(size: Size, say: (line: string) => void): Promise<Ended> {
  const service = await openService(say)
  try {
    return await service.run(examplePlan('ratio-ablation', size))
  } finally {
    await service.stop()
  }
}

function armAt({ arms }: Analysis, advisor: string, share: number) {
  return arms.find(({ name }) => name === (share === 0 ? 'alone' : `${advisor}-${share}`))!
}

export function sharesTable({ analysis }: Ended, { hours, seeds }: Size): Table {
  return {
    title: `experiments: the ablation, cma-es after ${hours} simulated H200 hours, by the advisor’s share`,
    columns: ['share', ...ADVISORS],
    rows: [
      ...SHARES.map((share) => [
        share === 0 ? '0 (alone)' : String(share),
        ...ADVISORS.map((advisor) => {
          const { mean, sd } = armAt(analysis, advisor, share)
          return plusMinus(mean, sd)
        }),
      ]),
      [
        'trend: p',
        ...ADVISORS.map((advisor) =>
          probability(analysis.trends.find(({ name }) => name === advisor)?.p ?? null),
        ),
      ],
    ],
    notes: [
      `Mean ± standard deviation of the endpoint (what is recommended, run again five times) over ${seeds} seeds. The trend is ` +
        'Page’s test, one-sided: that the endpoint becomes better with the share. expert is a script of rules of thumb.',
    ],
  }
}

export function contrastsTable({ analysis }: Ended): Table {
  const tested = analysis.contrasts.map(({ arm }) => arm)
  return {
    title: 'experiments: the ablation, less the optimizer alone',
    columns: ['arm', 'thousandths of val_bpb (p after Holm)', '95 %', 'verdict'],
    rows: tested.map((arm) => {
      const { low, high } = analysis.contrasts.find((contrast) => contrast.arm === arm)!
      const [difference, verdict] = verdictText(analysis, arm)
      const reach = low === null ? '–' : `${thousandths(low)} to ${thousandths(high!)}`
      return [arm, difference, reach, verdict]
    }),
    notes: analysis.notes,
  }
}

export function sharesPicture(analysis: Analysis, { hours, seeds }: Size): string {
  return linePicture({
    title: 'What an advisor’s share of the trials is worth',
    subtitle: `val_bpb of the recommended configuration, run again, after ${hours} simulated hours: mean, 95 % interval, ${seeds} seeds`,
    panels: [
      {
        title: 'cma-es, overridden on a share of its trials',
        series: ADVISORS.map((advisor) => ({
          label: advisor,
          ours: true,
          points: SHARES.flatMap((share) => {
            const { mean, low, high } = armAt(analysis, advisor, share)
            return mean === null ? [] : [{ x: share, y: mean, ...(low !== null && { low, high: high! }) }]
          }),
        })),
      },
    ],
    x: { label: 'share of the trials after the warm-up', from: 0, to: 1, ticks: [...SHARES] },
    y: { label: 'val_bpb (bits per byte)' },
  })
}
