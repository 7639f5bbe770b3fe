/** The tables and the picture of `outside`. */
import { linePicture } from '../pictures/lines.js'
import type { Table } from '../subject.js'
import type { Method } from '../transfer/run.js'
import { groupedBy } from './grouped.js'
import { groups, type Problem } from './problems.js'
import { COUNTS, type Left, type Pair, type Row } from './summary.js'

const SCALE =
  'What is left to gain × 1000: 0 is the best worth known (the optimum on COCO’s functions, else the best of all runs), 1000 what the ' +
  'median random configuration is worth. The mean over seeds, then over problems.'

export function overviewTable(rows: readonly Row[], methods: readonly Method[], batch: number): Table {
  return {
    title: `outside: what is left to gain, ${inWords(batch)}`,
    columns: [
      'method',
      'problems',
      'seeds',
      ...COUNTS.map((count) => `after ${count}`),
      'recommended',
      'mean rank',
    ],
    rows: rows.map((row) => [
      labelOf(row.method, methods),
      String(row.problems),
      String(row.seeds),
      ...COUNTS.map((count) => row.left[count]!.toFixed(0)),
      row.recommended.toFixed(0),
      row.rank.toFixed(2),
    ]),
    notes: [`${SCALE} The rank is that among these methods after ${COUNTS.at(-1)} trials.`],
  }
}

export function pairsTable(pairs: readonly Pair[], methods: readonly Method[], batch: number): Table {
  const owns = [...new Set(pairs.map(({ own }) => own))]
  const peers = [...new Set(pairs.map(({ peer }) => peer))]
  const cell = (own: string, peer: string) => {
    const pair = pairs.find((one) => one.own === own && one.peer === peer)!
    return `${pair.difference.toFixed(0)}, ${pair.won} of ${pair.problems} (${pair.p.toFixed(4).replace(/^0/, '')})`
  }
  return {
    title: `outside: ours less theirs after ${COUNTS.at(-1)} trials, ${inWords(batch)}`,
    columns: ['peer', ...owns.map((own) => labelOf(own, methods))],
    rows: peers.map((peer) => [labelOf(peer, methods), ...owns.map((own) => cell(own, peer))]),
    notes: [
      'The mean difference, negative where ours leaves less; on how many problems ours is better, equal ones by half; p of the one-sided ' +
        'Wilcoxon signed-rank test over problems, after Holm over this table.',
    ],
  }
}

export function problemsTable(left: readonly Left[], batch: number): Table {
  const methods = [...new Set(left.map(({ method }) => method))]
  const problems = [...new Set(left.map(({ problem }) => problem))]
  return {
    title: `outside: problem by problem after ${COUNTS.at(-1)} trials, ${inWords(batch)}`,
    columns: ['problem', ...methods.map(({ label }) => label)],
    rows: problems.map((problem) => [
      problem.id,
      ...methods.map((method) => endOf(left, problem, method).toFixed(0)),
    ]),
    notes: [],
  }
}

function endOf(left: readonly Left[], problem: Problem, method: Method): number {
  return left.find((one) => one.problem === problem && one.method === method)!.curve.at(-1)!
}

/** What is left over the trials, a panel a group of problems. */
export function curvesPicture(left: readonly Left[]): string {
  const byGroup = groupedBy(left, ({ problem }) => problem.group)
  return linePicture({
    title: 'What is left to gain over trials',
    subtitle: '1000 is what the median random configuration is worth; mean over problems and seeds',
    panels: [...byGroup].map(([group, own]) => ({
      title: groups[group],
      series: [...groupedBy(own, ({ method }) => method)].map(([method, lines]) => ({
        label: method.label,
        ours: method.by === 'us',
        points: lines[0]!.curve.map((_, i) => ({
          x: i + 1,
          y: lines.reduce((sum, { curve }) => sum + curve[i]!, 0) / lines.length,
        })),
      })),
    })),
    x: { label: 'trials', from: 0, to: 100, ticks: [0, 25, 50, 75, 100] },
    y: { label: 'left to gain × 1000', log: true, from: 10, to: 2000 },
  })
}

function labelOf(id: string, methods: readonly Method[]): string {
  return methods.find((method) => method.id === id)!.label
}

function inWords(batch: number): string {
  return batch === 1 ? 'one trial at a time' : `${batch} trials at a time`
}
