/** The tables of `quality`. */
import type { Spread } from '../../src/statistics/describe.js'
import type { Table } from '../subject.js'
import type { Method } from './methods.js'
import { targetBpb } from './run.js'
import type { Comparison, Level, Row } from './summary.js'

export function methodsTable(rows: readonly Row[]): Table {
  return {
    title: `quality: 24 simulated H200 hours, ${workersOf(rows[0]!.workers)}`,
    columns: [
      'method',
      'seeds',
      'best observed val_bpb',
      '95 %',
      'without noise',
      '95 %',
      'recommended',
      'OOM',
      'trials',
      `hours to ${targetBpb}`,
    ],
    rows: rows.map((row) => [
      row.label,
      String(row.seeds),
      centre(row.best),
      interval(row.best),
      centre(row.truth),
      interval(row.truth),
      row.recommended.mean.toFixed(4),
      percent(row.oomShare),
      row.trials.toFixed(0),
      `${row.targetHours === null ? '–' : row.targetHours.toFixed(1)} (${row.reachedTarget}/${row.seeds})`,
    ]),
    notes: [
      'Mean ± standard deviation over seeds, lower is better; bootstrap interval of the mean. “Without noise” is what ' +
        'the configuration with the best observed value is worth, “recommended” what the one is worth that the method would ' +
        'take home: the best observed, unless it says otherwise. Hours are charged ones, the median over all seeds ' +
        '(how many got there).',
    ],
  }
}

export function comparisonTable(comparisons: readonly Comparison[], methods: readonly Method[]): Table {
  const [{ by, workers }] = comparisons as [Comparison]
  const measure = by === 'best' ? 'the best observed' : 'its noise-free value'
  const labelOf = (id: string) => methods.find((method) => method.id === id)!.label
  const [ours, peers] = [
    unique(comparisons.map(({ ours }) => ours)),
    unique(comparisons.map(({ peer }) => peer)),
  ]
  const cell = (own: string, peer: string) => {
    const { difference, adjusted } = comparisons.find((c) => c.ours === own && c.peer === peer)!
    return `${signed(difference)} (${probability(adjusted)})`
  }
  return {
    title: `quality: ours less theirs by ${measure}, ${workersOf(workers)}`,
    columns: ['peer', 'pairs', ...ours.map(labelOf)],
    rows: peers.map((peer) => [
      labelOf(peer),
      String(comparisons.find((c) => c.peer === peer)!.pairs),
      ...ours.map((own) => cell(own, peer)),
    ]),
    notes: [
      'The mean difference in thousandths of val_bpb, negative where ours is better (p of the paired one-sided ' +
        'Wilcoxon signed-rank test, exact, after Holm over this table). Twelve pairs cannot go below .0002 before Holm.',
    ],
  }
}

/** Trials take 300 s each, so hours stand for trials. */
export function levelsTable(levels: readonly Level[], methods: readonly Method[]): Table {
  return {
    title: 'quality: GPU hours to the same level, searched side by side',
    columns: ['method', 'level', 'workers', 'hours', 'over one worker'],
    rows: levels.map(({ id, level, workers, hours, ratio }) => [
      methods.find((method) => method.id === id)!.label,
      String(level),
      String(workers),
      hours === null ? '–' : hours.toFixed(1),
      ratio === null ? '–' : ratio.toFixed(2),
    ]),
    notes: [
      'Charged hours until a value at or below the level was observed, the median over seeds; the ratio is over the same ' +
        'seeds with one worker.',
    ],
  }
}

export function workersOf(workers: number): string {
  return workers === 1 ? 'one worker' : `${workers} workers`
}

function centre({ mean, sd }: Spread): string {
  return `${mean.toFixed(4)} ± ${sd.toFixed(4)}`
}

function interval({ low, high }: Spread): string {
  return `${low.toFixed(4)}–${high.toFixed(4)}`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function signed(difference: number): string {
  const thousandths = (1000 * difference).toFixed(1)
  return thousandths.startsWith('-') ? thousandths.replace('-', '−') : `+${thousandths}`
}

function probability(p: number): string {
  if (p < 0.0001) return '< .0001'
  return p.toFixed(4).replace(/^0/, '')
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)]
}
