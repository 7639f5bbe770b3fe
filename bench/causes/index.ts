/**
 * Measures options of an optimizer on the problems beside this file. What is left to gain after 25, 50 and 100 trials, times 1000: of
 * the best observed, and at the end of what the optimizer recommends.
 *
 *     npx tsx bench/causes/index.ts <set> <optimizer> [seeds] [first seed] [changes, such as '[{}, {"startup": 8}]']
 */
import { stream } from '../../optimizers/rng.js'
import { openSearch, type Search } from '../../optimizers/search.js'
import { mean, standardDeviation } from '../../src/statistics/describe.js'
import { markdown } from '../table.js'
import { type Drawn, type Problem, sets } from './problems.js'

const COUNTS = [25, 50, 100]

type Change = Readonly<Record<string, unknown>>

const [set = '', kind = 'gp', seeds = '4', first = '100', given = '[{}]'] = process.argv.slice(2)
const problems = sets[set]
if (!problems) throw new Error(`There are the sets ${Object.keys(sets).join(', ')}, not ${set}.`)
const changes: readonly Change[] = JSON.parse(given)

const rows: string[][] = []
for (const problem of problems) {
  let unchanged: readonly number[][] = []
  for (const change of changes) {
    const runs = Array.from({ length: Number(seeds) }, (_, i) => run(problem, change, Number(first) + i))
    if (unchanged.length === 0) unchanged = runs
    rows.push([
      problem.name,
      JSON.stringify(change),
      ...[...COUNTS, 0].map((_, k) => cell(runs, unchanged, k)),
    ])
    process.stderr.write(`${rows.at(-1)!.join('  ')}\n`)
  }
}
console.log(
  markdown({
    title: `${kind}: what is left × 1000, ${seeds} seeds from ${first}`,
    columns: ['problem', 'change', ...COUNTS.map((count) => `after ${count}`), 'recommended'],
    rows,
    notes: [
      'The mean over seeds; in brackets the change to the first row, paired by seed, ± its standard error.',
    ],
  }),
)

function run({ space, draw }: Problem, change: Change, seed: number): number[] {
  const drawn = draw(stream(seed, 77))
  const search = openSearch(space, { optimizer: { kind, ...change }, preflight: 'off' }, seed)
  const left: number[] = []
  let best = { observed: Number.POSITIVE_INFINITY, regret: Number.POSITIVE_INFINITY }
  for (let number = 0; number < COUNTS.at(-1)!; number++) {
    const trial = measured(search, drawn, number)
    if (trial.observed < best.observed) best = trial
    if (COUNTS.includes(number + 1)) left.push(best.regret)
  }
  const recommended = search.recommend()
  return [...left, recommended ? drawn.regret(recommended.params) : best.regret].map(
    (regret) => 1000 * regret,
  )
}

function measured(search: Search, { observed, regret }: Drawn, number: number) {
  const [proposed] = search.propose({ number, count: 1, pending: [] })
  const value = observed(proposed!.params)
  search.observe([{ ...proposed!, result: { outcome: 'complete', value } }])
  return { observed: value, regret: regret(proposed!.params) }
}

function cell(runs: readonly number[][], unchanged: readonly number[][], k: number): string {
  const of = runs.map((left) => left[k]!)
  if (runs === unchanged) return mean(of).toFixed(1)
  const differences = of.map((one, i) => one - unchanged[i]![k]!)
  const error = standardDeviation(differences) / Math.sqrt(differences.length)
  return `${mean(of).toFixed(1)} (${mean(differences).toFixed(1)} ± ${error.toFixed(1)})`
}
