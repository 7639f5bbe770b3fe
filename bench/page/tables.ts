/** The table of `page`. */
import type { Table } from '../subject.js'
import type { MeasuredPage } from './system.js'

export function pageTable(rows: readonly MeasuredPage[]): Table {
  const first = rows[0]
  return {
    title: 'page: a study of many trials in Chromium',
    columns: ['page', 'trials', 'first chart, s', 'heap, MB', 'script, kB', 'longest freeze, ms', 'busy'],
    rows: rows.map(({ label, trials, firstChartMs, heapMb, scriptKb, longestTaskMs, busy }) => [
      label,
      String(trials),
      (firstChartMs / 1000).toFixed(2),
      heapMb.toFixed(0),
      scriptKb.toFixed(0),
      longestTaskMs < 50 ? 'below 50' : longestTaskMs.toFixed(0),
      `${(100 * busy).toFixed(0)} %`,
    ]),
    notes: [
      `autoresearch-14: 14 parameters, one trial in twenty failed. First chart: from the navigation until all trials are drawn and the page answers again; the line of the best value follows. Heap after a collection. Script as it came over the network. ` +
        `The last two while ${first?.perSecond ?? 0} trials end in a second, for ${first?.seconds ?? 0} s: the longest task of the main thread, and the share of the time in which it was busy. ` +
        'optuna-dashboard has its study in memory, Chiron in PGlite.',
    ],
  }
}

export function reportTable(rows: readonly MeasuredPage[]): Table {
  return {
    title: 'page: the report of the study',
    columns: ['report', 'trials', 'size, kB', 'made in, s', 'opens in, s'],
    rows: rows.flatMap(({ label, trials, report }) =>
      report === undefined
        ? []
        : [
            [
              label,
              String(trials),
              (report.bytes / 1000).toFixed(0),
              (report.madeMs / 1000).toFixed(2),
              (report.openMs / 1000).toFixed(2),
            ],
          ],
    ),
    notes: [
      'One HTML file without scripts. Made in: from the request until the last byte, the importances of its trials among it, which are made for it. Opens in: from the navigation ' +
        'to the file on the disk until it is laid out and Chromium answers.',
    ],
  }
}
