/** The tables of `centaur`. */
import { mean, type Spread } from '../../src/statistics/describe.js'
import type { Table } from '../subject.js'
import { warmup } from './arms.js'
import type { Comparison, Group, Row } from './summary.js'

export function armsTable(rows: readonly Row[]): Table {
  return {
    title: 'centaur: 24 simulated H200 hours, cma-es leads, one worker',
    columns: [
      'advisor',
      'share',
      'seeds',
      'best observed val_bpb',
      'without noise',
      '95 %',
      'realised',
      'repeats',
      'new bests',
      'its own',
    ],
    rows: rows.map((row) => [
      row.advisor ?? 'none',
      row.adaptive ? 'adaptive' : row.ratio.toFixed(1),
      String(row.seeds),
      centre(row.best),
      centre(row.truth),
      `${row.truth.low.toFixed(4)}–${row.truth.high.toFixed(4)}`,
      percent(row.realised),
      percent(row.repeats),
      row.incumbents.toFixed(1),
      row.advisor === null ? '–' : row.advisorsIncumbents.toFixed(1),
    ]),
    notes: [
      `Mean ± standard deviation over seeds, lower is better; bootstrap interval of the mean. “Without noise” is what the configuration with the best observed value is worth. The share is of the trials after the first ${warmup}; “repeats” are the advisor’s trials whose configuration had run before; “new bests” are observed ones, and how many of them are the advisor’s. An adaptive share begins at 0.3. expert is a script of training lore, no language model.`,
    ],
  }
}

export function comparisonsTable(family: readonly Comparison[]): Table {
  const [{ family: name }] = family as [Comparison]
  const cell = (arm: string, against: string, by: Comparison['by']) => {
    const { difference, adjusted } = family.find(
      (c) => c.arm === arm && c.against === against && c.by === by,
    )!
    return `${signed(difference)} (${probability(adjusted)})`
  }
  const pairs = family.filter(({ by }) => by === 'truth')
  return {
    title: name === 'alone' ? 'centaur: less the optimizer alone' : 'centaur: expert less the controls',
    columns: ['arm', 'against', 'pairs', 'best observed', 'without noise'],
    rows: pairs.map(({ arm, against, pairs: count }) => [
      arm,
      against,
      String(count),
      cell(arm, against, 'best'),
      cell(arm, against, 'truth'),
    ]),
    notes: [
      'The mean difference in thousandths of val_bpb, negative where the arm is better (p of the paired one-sided Wilcoxon signed-rank test that it is, exact, after Holm over this table).',
    ],
  }
}

const SHOWN_HOURS = [1, 2, 4, 8, 12, 17, 24]

export function hoursTable(groups: readonly Group[]): Table {
  return {
    title: 'centaur: the incumbent without noise, hour by hour',
    columns: ['arm', ...SHOWN_HOURS.map((hour) => `${hour} h`)],
    rows: groups.map(({ arm, scores }) => [
      arm.id,
      ...SHOWN_HOURS.map((hour) => mean(scores.map(({ hourly }) => hourly[hour - 1]!)).toFixed(4)),
    ]),
    notes: [
      'Means over seeds. At 17 h the optimizer alone has had as many trials as under a share of 0.3 in 24 h.',
    ],
  }
}

function centre({ mean, sd }: Spread): string {
  return `${mean.toFixed(4)} ± ${sd.toFixed(4)}`
}

function percent(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(1)} %`
}

function signed(difference: number): string {
  const thousandths = (1000 * difference).toFixed(2)
  return thousandths.startsWith('-') ? thousandths.replace('-', '−') : `+${thousandths}`
}

function probability(p: number): string {
  if (p < 0.0001) return '< .0001'
  return p > 0.9999 ? '1' : p.toFixed(4).replace(/^0/, '')
}
