/**
 * Problems that each show one place where an optimizer can be behind: a cliff, branches, a valley around the default, many
 * choices, roughness without noise, a plateau. Each is drawn anew from a seed. Its optimum is 0 and the median random configuration 1.
 */
import { type Rng, stream } from '../../optimizers/rng.js'
import { type Params, readSpace, type Space, sample } from '../../search-spaces/index.js'
import { median } from '../../src/statistics/describe.js'

export interface Problem {
  readonly name: string
  readonly space: Space
  readonly draw: (rng: Rng) => Drawn
}

export interface Drawn {
  /** What a trial measures. */
  readonly observed: (params: Params) => number
  /** What is left to gain. */
  readonly regret: (params: Params) => number
}

type Loss = (params: Params) => number

const unit = { type: 'float', low: 0, high: 1 } as const
const five = ['A', 'B', 'C', 'D', 'E']

/** Beyond a plane, which takes 30 to 60 % of the space, the loss is so many times as large. */
function cliffOf(factor: number): Problem {
  const space = readSpace({ parameters: allOf(five, unit) })
  return {
    name: `cliff of ${factor}`,
    space,
    draw(rng) {
      const { optimum, loss } = bowlOver(five, rng)
      const { regret } = scaled(space, rng, loss, 0)
      const direction = allOf(five, 0)
      for (const name of five) direction[name] = rng.normal()
      const along = (params: Params) => sumOf(five, (name) => direction[name]! * (params[name] as number))
      const places = Array.from({ length: 999 }, () => along(sample(space, rng.uniform))).sort(
        (a, b) => a - b,
      )
      const edge = Math.max(places[Math.floor(400 + 300 * rng.uniform())]!, along(optimum) + 0.05)
      const observed = (params: Params) => (0.1 + regret(params)) * (along(params) > edge ? factor : 1)
      return { observed, regret: (params) => observed(params) - 0.1 }
    },
  }
}

/** One of six algorithms, each with parameters of its own, one of which hangs on another choice: 38, of which 7 or 8 are active. */
const branches = problem('branches, 38', branchParameters(), (rng, { searched }) => {
  const floors = [0, 0.15, 0.3, 0.5, 0.7, 1].map((floor) => ({ floor, key: rng.uniform() }))
  floors.sort((a, b) => a.key - b.key)
  const own = new Map(
    searched.map(({ name, numeric }) => {
      const optimum = numeric ? 0.1 + 0.8 * rng.uniform() : String(rng.below(3))
      return [name, { optimum, weight: (numeric ? 1 : 0.1) * Math.exp(1.5 * rng.normal() - 1) }]
    }),
  )
  const loss: Loss = ({ algorithm, ...params }) =>
    floors[Number(String(algorithm).slice(1))]!.floor +
    sumOf(Object.keys(params), (name) => {
      const { optimum, weight } = own.get(name)!
      const value = params[name]!
      return (
        weight * (typeof value === 'number' ? (value - (optimum as number)) ** 2 : Number(value !== optimum))
      )
    })
  return { loss, least: 0 }
})

function branchParameters(): Record<string, object> {
  const three = { type: 'categorical', choices: ['0', '1', '2'] }
  const parameters: Record<string, object> = {
    algorithm: { type: 'categorical', choices: ['a0', 'a1', 'a2', 'a3', 'a4', 'a5'] },
    prepare: three,
  }
  for (const algorithm of ['a0', 'a1', 'a2', 'a3', 'a4', 'a5']) {
    for (let i = 0; i < 4; i++) parameters[`${algorithm}.x${i}`] = { ...unit, when: { algorithm } }
    parameters[`${algorithm}.kind`] = { ...three, when: { algorithm } }
    parameters[`${algorithm}.more`] = { ...unit, when: { algorithm, [`${algorithm}.kind`]: ['1', '2'] } }
  }
  return parameters
}

/** The default lies in a wide valley. The optimum is in a narrower one, far away and of another kind. */
const valley = problem(
  'a valley around the default',
  {
    kind: { type: 'categorical', choices: ['usual', 'other', 'third'] },
    flag: { type: 'bool' },
    ...allOf(five, { ...unit, default: 0.3 }),
    F: { ...unit, when: { kind: 'other' } },
  },
  (rng) => {
    const near = drawnOf(five, () => 0.3 + 0.1 * rng.normal())
    const far = drawnOf(five, () => 0.55 + 0.4 * rng.uniform())
    const rest = 0.1 + 0.8 * rng.uniform()
    const from = (params: Params, place: Readonly<Record<string, number>>) =>
      sumOf(five, (name) => ((params[name] as number) - place[name]!) ** 2)
    const loss: Loss = (params) => {
      const usual = 0.15 + 0.4 * from(params, near) + (params.flag ? 0.05 : 0)
      if (params.kind !== 'other') return usual + (params.kind === 'usual' ? 0 : 0.1)
      const other = 0.8 * from(params, far) + 0.3 * ((params.F as number) - rest) ** 2
      return Math.min(usual + 0.1, other + (params.flag ? 0 : 0.05))
    }
    return { loss, least: 0 }
  },
)

/**
 * The default lies in a wide valley, the optimum in a narrower one elsewhere. Two random configurations in a hundred are better
 * than the floor of the default's valley.
 */
const seven = [...five, 'F', 'G']
const valleys: Problem = {
  name: 'two valleys',
  space: readSpace({
    parameters: {
      ...allOf(five, { ...unit, default: 0.3 }),
      F: { type: 'int', low: 1, high: 1000, log: true, default: 10 },
      G: { type: 'int', low: 1, high: 12, default: 4 },
    },
  }),
  draw(rng) {
    const { space } = valleys
    const weight = drawnOf(seven, () => Math.exp(rng.normal()))
    const near = drawnOf(seven, () => 0.3 + 0.1 * rng.normal())
    const far = drawnOf(seven, (name) => (near[name]! + 0.3 + 0.4 * rng.uniform()) % 1)
    const from = (params: Params, place: Readonly<Record<string, number>>) =>
      sumOf(seven, (name) => weight[name]! * (unitIn(space, params, name) - place[name]!) ** 2)
    const random = Array.from({ length: 999 }, () => sample(space, rng.uniform))
    const usual = (params: Params) => 0.15 + 0.4 * from(params, near)
    const steepness =
      0.15 /
      quantileOf(
        random.map((params) => from(params, far)),
        0.02,
      )
    const loss: Loss = (params) => Math.min(usual(params), steepness * from(params, far))
    return scaled(space, rng, loss, 0)
  },
}

/** Names alone, as of cells of a network: what each is worth, and what each is worth beside the one before. */
function cellsOf(count: number, each: number): Problem {
  const names = Array.from({ length: count }, (_, i) => `C${i}`)
  const options = Array.from({ length: each }, (_, i) => `o${i}`)
  const parameters = allOf(names, { type: 'categorical', choices: options })
  return problem(`${count} names of ${each}`, parameters, (rng) => {
    const alone = drawnOf(names, () => drawnOf(options, () => Math.abs(rng.normal())))
    const beside = drawnOf(names, () =>
      drawnOf(options, () => drawnOf(options, () => 0.7 * Math.abs(rng.normal()))),
    )
    const before = (i: number) => names[(i + count - 1) % count]!
    const lossOf = (params: Params) =>
      names.reduce((sum, name, i) => {
        const [own, other] = [String(params[name]), String(params[before(i)])]
        return sum + alone[name]![own]! + beside[name]![own]![other]!
      }, 0)
    return { loss: lossOf, least: leastOf(names, options, lossOf) }
  })
}

/** The best of many descents, one name after the other. */
function leastOf(names: readonly string[], options: readonly string[], loss: Loss): number {
  const rng = stream(1, 0xce11)
  const ends = Array.from({ length: 60 }, () => {
    let at: Record<string, string> = drawnOf(names, () => options[rng.below(options.length)]!)
    for (let round = 0; round < 6; round++) {
      for (const name of names) {
        const tried = options.map((option) => ({ ...at, [name]: option }))
        at = tried.reduce((a, b) => (loss(b) < loss(a) ? b : a))
      }
    }
    return loss(at)
  })
  return Math.min(...ends)
}

/** As of a forest: numbers on both scales, switches, names, and a parameter that hangs on one. */
const mixed = problem(
  'mixed',
  {
    trees: { type: 'int', low: 1, high: 2000, log: true, default: 500 },
    replace: { type: 'bool', default: true },
    share: { type: 'float', low: 0.1, high: 1, default: 1 },
    tried: { type: 'float', low: 0, high: 1, default: 0.5 },
    order: { type: 'categorical', choices: ['ignore', 'order', 'partition'] },
    leaf: { type: 'int', low: 1, high: 100, default: 1 },
    rule: { type: 'categorical', choices: ['gini', 'extra'] },
    splits: { type: 'int', low: 1, high: 100, default: 1, when: { rule: 'extra' } },
    data: { type: 'float', low: 0.03, high: 1, default: 0.5 },
  },
  (rng, space) => {
    const numbers = ['trees', 'share', 'tried', 'leaf', 'data']
    const bowl = bowlOver(numbers, rng)
    const effects = drawnOf(
      ['true', 'false', 'ignore', 'order', 'partition'],
      () => 0.3 * Math.abs(rng.normal()),
    )
    const extra = 0.3 * rng.normal()
    const splits = rng.uniform()
    const loss: Loss = (params) => {
      const at = drawnOf(numbers, (name) => unitIn(space, params, name))
      const own =
        params.rule === 'extra'
          ? Math.max(0, extra) + (unitIn(space, params, 'splits') - splits) ** 2
          : Math.max(0, -extra)
      return bowl.loss(at) + effects[String(params.replace)]! + effects[String(params.order)]! + own
    }
    const flags = Math.min(effects.true!, effects.false!)
    return { loss, least: flags + Math.min(effects.ignore!, effects.order!, effects.partition!) }
  },
)

function unitIn(space: Space, params: Params, name: string): number {
  const parameter = space.searched.find((one) => one.name === name)!
  return parameter.toUnit(params[name]!)
}

function quantileOf(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(share * values.length)]!
}

const names260 = Array.from({ length: 260 }, (_, i) => `n${i}`)
const choices = problem(
  'a choice of 260',
  { NAME: { type: 'categorical', choices: names260 }, A: unit, B: unit, C: unit },
  (rng) => {
    const effect = drawnOf(names260, () => 0.5 * Math.abs(rng.normal()))
    const bowl = bowlOver(['A', 'B', 'C'], rng)
    const loss: Loss = (params) => effect[params.NAME as string]! + bowl.loss(params)
    return { loss, least: Math.min(...Object.values(effect)) }
  },
)

/** Steps and ripples, as of models made of trees: nothing is smooth, and nothing is noise. */
const four = five.slice(0, 4)
const rough = problem(
  'rough without noise',
  { ...allOf(four, unit), KIND: { type: 'categorical', choices: ['0', '1', '2'] } },
  (rng) => {
    const bowl = bowlOver(four, rng)
    const ripples = Array.from({ length: 12 }, () => ({
      along: drawnOf(four, () => 12 * rng.normal()),
      phase: 2 * Math.PI * rng.uniform(),
    }))
    const loss: Loss = (params) => {
      const at = drawnOf(four, (name) => Math.floor(20 * (params[name] as number)) / 20)
      const ripple = ripples.reduce(
        (sum, { along, phase }) => sum + Math.sin(phase + sumOf(four, (name) => along[name]! * at[name]!)),
        0,
      )
      return bowl.loss(at) + 0.05 * Number(params.KIND) + 0.008 * ripple
    }
    // The ripples together are seldom below −8.
    return { loss, least: -0.064 }
  },
)

/**
 * A pruned tree, or one of a single level, has the same value whatever the other parameters are; the optimum is a deeper
 * one with large leaves, and deep ones with small leaves are bad, the default too.
 */
const plateau = problem(
  'plateau',
  {
    DEPTH: { type: 'int', low: 1, high: 20, log: true, default: 10 },
    LEAF: { type: 'int', low: 1, high: 100, log: true, default: 1 },
    SPLIT: { type: 'int', low: 2, high: 100, log: true, default: 2 },
    SHARE: { type: 'float', low: 0.1, high: 1, default: 1 },
    PRUNE: { type: 'float', low: 1e-5, high: 0.1, log: true, default: 1e-4 },
  },
  (rng) => {
    const [depthAt, leafAt, shareAt] = [0.4, 0.5, 0.3].map((low) => low + 0.4 * rng.uniform())
    const level = 0.1 + 0.1 * rng.uniform()
    const loss: Loss = ({ DEPTH, LEAF, SPLIT, SHARE, PRUNE }) => {
      if (DEPTH === 1 || Number(PRUNE) > 0.02) return level + (Number(SHARE) > 0.35 ? 0.02 : 0)
      const depth = Math.log(Number(DEPTH)) / Math.log(20)
      const leaf = Math.log(Math.max(Number(LEAF), Number(SPLIT) / 3)) / Math.log(100)
      const share = Math.floor(6 * Number(SHARE)) / 6
      return 3 * (depth - depthAt!) ** 2 + 3 * (leaf - leafAt!) ** 2 + 0.5 * (share - shareAt!) ** 2
    }
    return { loss, least: 0 }
  },
)

export const sets: Readonly<Record<string, readonly Problem[]>> = {
  cliffs: [1, 100, 1000, 1e6].map(cliffOf),
  branches: [branches],
  valley: [valley],
  choices: [choices],
  rough: [rough],
  valleys: [valleys],
  cells: [cellsOf(6, 5), cellsOf(20, 3)],
  mixed: [mixed],
  plateau: [plateau],
}

function problem(
  name: string,
  parameters: Record<string, object>,
  drawn: (rng: Rng, space: Space) => { loss: Loss; least: number },
): Problem {
  const space = readSpace({ parameters })
  const draw = (rng: Rng) => {
    const { loss, least } = drawn(rng, space)
    return scaled(space, rng, loss, least)
  }
  return { name, space, draw }
}

function scaled(space: Space, rng: Rng, loss: Loss, least: number): Drawn {
  const typical = median(Array.from({ length: 999 }, () => loss(sample(space, rng.uniform))))
  const regret: Loss = (params) => (loss(params) - least) / (typical - least)
  return { observed: regret, regret }
}

/** A quadratic form with a random optimum. Some of its axes matter far more than others, and neighbours go together. */
function bowlOver(names: readonly string[], rng: Rng): { optimum: Record<string, number>; loss: Loss } {
  const optimum = drawnOf(names, () => 0.15 + 0.7 * rng.uniform())
  const weight = drawnOf(names, () => Math.exp(rng.normal()))
  const turned = drawnOf(names, () => 0.6 * rng.normal())
  const away = (params: Params, name: string) => (params[name] as number) - optimum[name]!
  const loss: Loss = (params) =>
    names.reduce((sum, name, i) => {
      const next = names[(i + 1) % names.length]!
      return sum + weight[name]! * (away(params, name) + turned[name]! * away(params, next)) ** 2
    }, 0)
  return { optimum, loss }
}

function allOf<T>(names: readonly string[], value: T): Record<string, T> {
  return drawnOf(names, () => value)
}

function drawnOf<T>(names: readonly string[], of: (name: string) => T): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, of(name)]))
}

function sumOf(names: readonly string[], of: (name: string) => number): number {
  return names.reduce((sum, name) => sum + of(name), 0)
}
