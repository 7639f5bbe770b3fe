/** The table of `transfer`. */
import type { Table } from '../subject.js'
import type { Group } from './problems.js'
import { type Method, trials } from './run.js'
import type { Ratio, Row } from './summary.js'

export function transferTable(
  rows: readonly Row[],
  groups: readonly Group[],
  methods: readonly Method[],
): Table {
  return {
    title: `transfer: what is left to gain after ${trials} trials, over what Optuna’s TPE leaves`,
    columns: [
      'problems',
      'method',
      'runs',
      'best observed',
      'quartiles',
      'better in',
      'taken home',
      'better in',
    ],
    rows: rows.map((row) => [
      groups.find(({ id }) => id === row.group)!.label,
      methods.find(({ id }) => id === row.method)!.label,
      String(row.pairs),
      row.best.median.toFixed(3),
      `${row.best.low.toFixed(2)}–${row.best.high.toFixed(2)}`,
      share(row.best),
      row.recommended.median.toFixed(3),
      share(row.recommended),
    ]),
    notes: [
      'Ours over theirs, run by run, the median; below 1 is better. On COCO’s functions the distance from the optimum ' +
        'without noise, one run of each function on each instance; on scikit-learn’s the cross-validated loss, one run a seed. ' +
        '“Taken home” is what the method recommends (gp), else the best observed. Equal runs count half as better.',
    ],
  }
}

function share({ wins }: Ratio): string {
  return `${(100 * wins).toFixed(0)} %`
}
