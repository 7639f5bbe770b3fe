/**
 * Measures the cost of an ask of gp with a history of `autoresearch-14` trials, refits included. `speed` shows means; this
 * shows the worst case, in processor time, with and without failures, which have their own model.
 *
 *     npx tsx bench/gp/asks.ts [trials,…]
 */
import type { EarlierStudy } from '../../optimizers/contract.js'
import { openSearch } from '../../optimizers/search.js'
import { median } from '../../src/statistics/describe.js'
import { type Past, pastTrials, space } from '../speed/history.js'
import { cpuSeconds } from '../speed/pace.js'
import { markdown } from '../table.js'

/** The number of asks that includes one refit of each model: a refit follows when observations grow by a sixteenth. */
const asksBehind = (trials: number) => Math.ceil(trials / 12)
const lengths = (process.argv[2] ?? '100,300,1000').split(',').map(Number)
/** A value worse than any other, for trials that ran out of memory. */
const WORST = 1.1

const kinds = [
  { label: 'all with a value', failures: false, earlier: false },
  { label: 'half of them failures', failures: true, earlier: false },
  { label: 'all with a value, beside 160 of an earlier study', failures: false, earlier: true },
]

const rows = lengths.flatMap((length) =>
  kinds.map(({ label, failures, earlier }) => {
    const past = pastTrials(4 * length)
      .filter(({ value }) => !earlier || value !== null)
      .map(({ params, value }) => ({ params, value: value ?? (failures ? null : WORST) }))
    const [first, ...milliseconds] = timed(past, length, earlier ? [earlierStudy(length)] : [])
    return [
      String(length),
      label,
      median(milliseconds).toFixed(0),
      Math.max(...milliseconds).toFixed(0),
      first!.toFixed(0),
    ]
  }),
)
console.log(
  markdown({
    title: 'gp: milliseconds of an ask',
    columns: ['behind trials', '', 'median', 'worst, with a fit', 'first, from nothing'],
    rows,
    notes: [],
  }),
)

/** Of the same objective; gp uses 160 of its trials. */
function earlierStudy(length: number): EarlierStudy {
  const trials = pastTrials(8 * length).slice(4 * length)
  return {
    study: 'earlier',
    trials: trials.flatMap(({ params, value }) => (value === null ? [] : [{ params, value }])),
  }
}

function timed(past: readonly Past[], length: number, earlier: readonly EarlierStudy[]): number[] {
  const search = openSearch(space, { optimizer: { kind: 'gp' }, preflight: 'off' }, 0, undefined, earlier)
  search.observe(past.slice(0, length).map((each, number) => told(each, number)))
  if (earlier.length > 0 && search.describe().optimizer.earlier!.some(({ weight }) => weight === 0))
    throw new Error('the earlier study was left aside: nothing of it was measured')
  return Array.from({ length: asksBehind(length) + 1 }, (_, k) => {
    const number = length + k
    const started = cpuSeconds()
    search.propose({ number, count: 1, pending: [] })
    const seconds = cpuSeconds() - started
    search.observe([told(past[number]!, number)])
    return 1000 * seconds
  })
}

function told({ params, value }: Past, number: number) {
  const result = value === null ? ({ outcome: 'oom' } as const) : ({ outcome: 'complete', value } as const)
  return { number, params, result }
}
