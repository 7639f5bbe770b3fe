/**
 * Compares gp with our other optimizers on synthetic functions, so that its defaults are not tuned to the landscape alone: 100
 * trials in five dimensions, 1 % noise, continuous and mixed. The figure is the lowest value minus the optimum, the median
 * over seeds.
 *
 *     npx tsx bench/gp/functions.ts [seeds] [function,…] [kind,…]
 */
import { stream } from '../../optimizers/rng.js'
import { openSearch } from '../../optimizers/search.js'
import { type Params, readSpace, type Space } from '../../search-spaces/index.js'
import { median } from '../../src/statistics/describe.js'

const TRIALS = 100
const choices = ['a', 'b', 'c', 'd']

const float = { type: 'float', low: -5, high: 5 } as const
const int = { type: 'int', low: -5, high: 5 } as const
const spaces: Readonly<Record<string, Space>> = {
  continuous: readSpace({ parameters: { A: float, B: float, C: float, D: float, E: float } }),
  mixed: readSpace({
    parameters: { A: float, B: float, C: int, D: int, E: { type: 'categorical', choices } },
  }),
}

const sum = (x: readonly number[], of: (v: number, i: number) => number) =>
  x.reduce((total, v, i) => total + of(v, i), 0)
const functions: Readonly<Record<string, (x: readonly number[]) => number>> = {
  sphere: (x) => sum(x, (v) => v * v),
  ellipsoid: (x) => sum(x, (v, i) => 10 ** i * v * v),
  rosenbrock(x) {
    const at = (i: number) => x[i]! / 4 + 1
    return sum(x.slice(1), (_, i) => 100 * (at(i + 1) - at(i) ** 2) ** 2 + (1 - at(i)) ** 2)
  },
  rastrigin: (x) => sum(x, (v) => v * v + 10 - 10 * Math.cos(2 * Math.PI * v)),
}

const [seeds = '5', names = Object.keys(functions).join(), kinds = 'gp,tpe,cma-es'] = process.argv.slice(2)
for (const name of names.split(',')) {
  for (const [label, space] of Object.entries(spaces)) {
    const found = kinds.split(',').map((kind) => {
      const least = Array.from({ length: Number(seeds) }, (_, seed) =>
        run(space, functions[name]!, kind, seed),
      )
      return `${kind} ${median(least).toPrecision(3)}`
    })
    console.log(`${name}, ${label}: ${found.join(', ')}`)
  }
}

function run(space: Space, f: (x: readonly number[]) => number, kind: string, seed: number): number {
  const rng = stream(seed, 77)
  const optimum = space.searched.map(({ kind: of }) =>
    of === 'int' ? rng.below(7) - 3 : 8 * rng.uniform() - 4,
  )
  const search = openSearch(space, { optimizer: { kind }, start: 'optimizer' }, seed)
  let least = Number.POSITIVE_INFINITY
  for (let number = 0; number < TRIALS; number++) {
    const [proposed] = search.propose({ number, count: 1, pending: [] })
    const exact = f(placesOf(space, proposed!.params).map((x, i) => x - optimum[i]!))
    least = Math.min(least, exact)
    const value = exact * (1 + 0.01 * rng.normal())
    search.observe([{ ...proposed!, result: { outcome: 'complete', value } }])
  }
  return least
}

/** The choices have the hidden positions -3, -1, 1 and 3. */
function placesOf(space: Space, params: Params): number[] {
  return space.searched.map(({ name }) => {
    const value = params[name]!
    return typeof value === 'number' ? value : 2 * choices.indexOf(String(value)) - 3
  })
}
