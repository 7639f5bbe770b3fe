/**
 * What the most expensive spaces that a request can hold cost: processor seconds to read them, and to propose 16 trials.
 *
 *     npx tsx bench/space-limits.ts
 */
import { openSearch } from '../optimizers/search.js'
import { readSpace, SpaceError } from '../search-spaces/index.js'

const float = { type: 'float', low: 0, high: 1 }
const parameters = { x: float, y: float }
const high = { x: { ...float, default: 1 }, y: { ...float, default: 1 } }

/** The longest expression that is allowed: 241 nodes. */
const LONGEST = `max(${Array.from({ length: 240 }, (_, i) => 'xy'[i % 2]).join(',')})`
const derived = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`d${i}`, LONGEST]))
const constraints = (count: number) => Array.from({ length: count }, () => `${LONGEST}<2`)

const nested = (depth: number): string => (depth === 0 ? '0<=x<3' : `0<=(${nested(depth - 1)}?1:2)<3`)

const SPACES: Record<string, object> = {
  'an ordinary space': { parameters, constraints: ['x + y <= 1'] },
  'chains of comparisons, 18 deep': { parameters, constraints: [nested(18)] },
  '100 derived, 99 constraints, unsatisfiable': {
    parameters: high,
    derived: derived(100),
    constraints: [...constraints(98), 'x == y'],
  },
  '100 derived, 99 constraints, unsatisfiable, adjust': {
    parameters: high,
    derived: derived(100),
    constraints: [...constraints(98), { expression: 'x == y or x < 2 * y < x', adjust: ['x', 'y'] }],
  },
  '20 derived, 20 constraints, unsatisfiable': {
    parameters: high,
    derived: derived(20),
    constraints: [...constraints(19), 'x == y'],
  },
  '10 derived, 10 constraints, rarely satisfied': {
    parameters: high,
    derived: derived(10),
    constraints: [...constraints(9), 'x + y > 1.95'],
  },
  '10 derived, 10 constraints, repaired at length': {
    parameters: high,
    derived: derived(10),
    constraints: [...constraints(9), { expression: 'x + y > 1.999', adjust: ['x', 'y'] }],
  },
}
for (const [name, spec] of Object.entries(SPACES)) {
  const kilobytes = (JSON.stringify(spec).length / 1000).toFixed(1)
  const began = process.cpuUsage()
  const space = read(spec)
  const reading = seconds(began)
  if (typeof space === 'string')
    console.log(`${name} (${kilobytes} kB): read ${reading} s, refused: ${space}`)
  else console.log(`${name} (${kilobytes} kB): read ${reading} s, ${asks(space)}`)
}

function read(spec: object) {
  try {
    return readSpace(spec)
  } catch (error) {
    if (error instanceof SpaceError) return error.message.replaceAll(LONGEST, '…').slice(0, 120)
    throw error
  }
}

function asks(space: ReturnType<typeof readSpace>): string {
  const figures = ['random', 'tpe', 'cma-es'].map((kind) => {
    const search = openSearch(space, { optimizer: { kind } }, 1)
    const began = process.cpuUsage()
    search.propose({ number: 1, count: 16, pending: [] })
    return `${kind} ${seconds(began)} s`
  })
  return `16 trials: ${figures.join(', ')}`
}

function seconds(began: NodeJS.CpuUsage): string {
  const { user, system } = process.cpuUsage(began)
  return ((user + system) / 1e6).toFixed(2)
}
