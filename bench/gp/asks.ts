/**
 * Measures the cost of an ask of gp with a history of `autoresearch-14` trials, refits included. `speed` shows means; this
 * shows the worst case, in processor time, with and without failures, which have their own model.
 *
 *     npx tsx bench/gp/asks.ts [trials,…]
 */
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

const rows = lengths.flatMap((length) =>
  [false, true].map((failures) => {
    const past = pastTrials(2 * length).map(({ params, value }) => ({
      params,
      value: value ?? (failures ? null : WORST),
    }))
    const [first, ...milliseconds] = timed(past, length)
    return [
      String(length),
      failures ? 'half of them failures' : 'all with a value',
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

function timed(past: readonly Past[], length: number): number[] {
  const search = openSearch(space, { optimizer: { kind: 'gp' }, preflight: 'off' }, 0)
  search.observe(past.slice(0, length).map((each, number) => told(each, number)))
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
