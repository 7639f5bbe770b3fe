/**
 * Measures options of an optimizer on ten synthetic functions, so that defaults are not tuned to the landscape alone. Each run
 * has 150 trials from the middle of the range, with a random optimum in the inner four fifths. The figure is log10 of the
 * lowest noise-free value, averaged over seeds.
 *
 * `many` instead of `ten`: four functions of 40 to 100 parameters.
 *
 *     npx tsx bench/functions.ts tpe [seeds] [first seed] [changes, such as '[{}, {"startup": 10}]'] [ten or many]
 */
import { type Rng, stream } from '../optimizers/rng.js'
import { openSearch } from '../optimizers/search.js'
import { readSpace } from '../search-spaces/index.js'
import type { Params, Space } from '../search-spaces/types.js'
import { mean, standardDeviation } from '../src/statistics/describe.js'
import { markdown } from './table.js'

const TRIALS = 150

const choices = ['a', 'b', 'c', 'd']
const kinds = {
  float: { type: 'float', low: -5, high: 5 },
  int: { type: 'int', low: -5, high: 5 },
  choice: { type: 'categorical', choices },
} as const

type Function = (x: readonly number[]) => number

const sum = (x: readonly number[], of: (v: number, i: number) => number) =>
  x.reduce((total, v, i) => total + of(v, i), 0)
const sphere: Function = (x) => sum(x, (v) => v * v)
const ellipsoid: Function = (x) => sum(x, (v, i) => 1000 ** (i / (x.length - 1)) * v * v)
const rastrigin: Function = (x) => sum(x, (v) => v * v + 10 - 10 * Math.cos(2 * Math.PI * v))
const rosenbrock: Function = (x) => {
  const at = (i: number) => x[i]! / 4 + 1
  return sum(x.slice(1), (_, i) => 100 * (at(i + 1) - at(i) ** 2) ** 2 + (1 - at(i)) ** 2)
}

interface Problem {
  readonly name: string
  readonly f: Function
  readonly space: Space
  /** Whether the axes are rotated at random. */
  readonly turned: boolean
  /** Standard deviation of an observation, as a share of the value. */
  readonly noise: number
}

const ten: readonly Problem[] = [
  problem('sphere', sphere, { float: 4 }),
  problem('sphere', sphere, { float: 20 }),
  problem('ellipsoid', ellipsoid, { float: 10 }),
  problem('ellipsoid, turned', ellipsoid, { float: 10 }, { turned: true }),
  problem('Rosenbrock', rosenbrock, { float: 5 }),
  problem('Rastrigin', rastrigin, { float: 10 }),
  problem('sphere, mixed', sphere, { float: 4, int: 2, choice: 2 }),
  problem('ellipsoid, mixed', ellipsoid, { float: 7, int: 4, choice: 3 }),
  problem('sphere, noisy', sphere, { float: 10 }, { noise: 0.2 }),
  problem('Rosenbrock, mixed, noisy', rosenbrock, { float: 3, int: 2, choice: 1 }, { noise: 0.2 }),
]

/** Only the first few parameters have an effect. */
const ofFew =
  (f: Function): Function =>
  (x) =>
    f(x.slice(0, 6))

const many: readonly Problem[] = [
  problem('sphere', sphere, { float: 50 }),
  problem('ellipsoid', ellipsoid, { float: 50 }),
  problem('Rosenbrock', rosenbrock, { float: 40 }),
  problem('ellipsoid of six among', ofFew(ellipsoid), { float: 100 }),
]

const [kind = 'tpe', seeds = '16', first = '100', given = '[{}]', set = 'ten'] = process.argv.slice(2)
const problems = new Map([
  ['ten', ten],
  ['many', many],
]).get(set)
if (!problems) throw new Error(`There are the functions of ten and of many, not of ${set}.`)
const changes: readonly Readonly<Record<string, unknown>>[] = JSON.parse(given)

const columns = changes.map((change) => problems.map((one) => logsOf(one, change)))
const rows = problems.map(({ name, space }, p) => [
  `${name}, ${space.searched.length}`,
  ...columns.map((column) => mean(column[p]!).toFixed(2)),
])
rows.push(['all', ...columns.map((column) => mean(column.flat()).toFixed(3))])
rows.push(['less the first', ...columns.map((column) => lessFirst(column, columns[0]!))])
console.log(
  markdown({
    title: `${kind}: log10 of the least of ${TRIALS} trials, ${seeds} seeds from ${first}`,
    columns: ['function, dimensions', ...changes.map((change) => JSON.stringify(change))],
    rows,
    notes: ['Differences are paired by function and seed, ± their standard error.'],
  }),
)

function problem(
  name: string,
  f: Function,
  counts: Readonly<Partial<Record<keyof typeof kinds, number>>>,
  { turned = false, noise = 0 } = {},
): Problem {
  const named = Object.entries(counts).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, i) => [`${kind}${i}`, kinds[kind as keyof typeof kinds]]),
  )
  return { name, f, space: readSpace({ parameters: Object.fromEntries(named) }), turned, noise }
}

function logsOf(problem: Problem, change: Readonly<Record<string, unknown>>): number[] {
  return Array.from({ length: Number(seeds) }, (_, i) =>
    Math.log10(least(problem, change, Number(first) + i)),
  )
}

function least(
  { f, space, turned, noise }: Problem,
  change: Readonly<Record<string, unknown>>,
  seed: number,
): number {
  const rng = stream(seed, 77)
  const optimum = space.searched.map(({ kind: of }) =>
    of === 'float' ? 8 * rng.uniform() - 4 : of === 'int' ? rng.below(9) - 4 : 2 * rng.below(4) - 3,
  )
  const turn = turned ? rotation(optimum.length, rng) : null
  const search = openSearch(space, { optimizer: { kind, ...change }, preflight: 'off' }, seed)
  let best = Number.POSITIVE_INFINITY
  for (let number = 0; number < TRIALS; number++) {
    const [proposed] = search.propose({ number, count: 1, pending: [] })
    const away = placesOf(space, proposed!.params).map((x, i) => x - optimum[i]!)
    const exact = f(turn ? turn.map((row) => sum(row, (v, i) => v * away[i]!)) : away)
    best = Math.min(best, exact)
    const value = exact * (1 + noise * rng.normal())
    search.observe([{ ...proposed!, result: { outcome: 'complete', value } }])
  }
  // Rounding alone can hit the optimum of a mixed function exactly.
  return Math.max(1e-9, best)
}

/** The choices have the hidden positions -3, -1, 1 and 3. */
function placesOf({ searched }: Space, params: Params): number[] {
  return searched.map(({ name }) => {
    const value = params[name]!
    return typeof value === 'number' ? value : 2 * choices.indexOf(String(value)) - 3
  })
}

/** A random orthogonal matrix: Gram-Schmidt on normal draws. */
function rotation(n: number, rng: Rng): number[][] {
  const rows: number[][] = []
  while (rows.length < n) {
    let row = Array.from({ length: n }, () => rng.normal())
    for (const other of rows) {
      const along = sum(row, (v, i) => v * other[i]!)
      row = row.map((v, i) => v - along * other[i]!)
    }
    const length = Math.sqrt(sphere(row))
    rows.push(row.map((v) => v / length))
  }
  return rows
}

/** The mean gain over the first change, by function and seed. */
function lessFirst(
  column: readonly (readonly number[])[],
  unchanged: readonly (readonly number[])[],
): string {
  if (column === unchanged) return ''
  const gains = column.flatMap((logs, p) => logs.map((log, i) => log - unchanged[p]![i]!))
  return `${mean(gains).toFixed(3)} ± ${(standardDeviation(gains) / Math.sqrt(gains.length)).toFixed(3)}`
}
