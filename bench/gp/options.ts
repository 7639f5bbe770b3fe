/**
 * Measures each option of gp by changing one at a time, on the simulated H200, with the protocol of `quality` and with gp's
 * recommendation. Its output is the tables in docs/gp.md. Measurements are cached, so that an interrupted run can continue.
 *
 *     npx tsx bench/gp/options.ts [seeds, or first-last] [workers] [changes, such as '[{}, {"trustRegion": null}]']
 *
 * `{"beliefs": "expert"}` gives gp the expert's beliefs before the first trial; `"opposite"` mirrors them to the other end of
 * every range. `{"noiseless": true}` uses the landscape without noise, to measure what the noise costs.
 */
import type { Beliefs } from '../../optimizers/contract.js'
import { openSearch, type Proposed } from '../../optimizers/search.js'
import { type Params, spaceNamed } from '../../search-spaces/index.js'
import { expertBeliefs } from '../../src/advisors/training-knowledge.js'
import { mean, median, standardDeviation } from '../../src/statistics/describe.js'
import { signedRankLess } from '../../src/statistics/signed-rank.js'
import { landscape, truth } from '../../trainer/landscape/index.js'
import { fingerprint, openCache } from '../cache.js'
import { memoryLimitGb, spaceName, targetBpb, terms } from '../quality/run.js'
import { type Ending, type Searcher, simulate, type Trial } from '../quality/simulation.js'
import { seedsFrom } from '../seeds.js'
import { train } from '../simulated.js'
import { markdown } from '../table.js'

type Change = Readonly<Record<string, unknown>>

interface Score {
  readonly best: number
  /** Without noise: of the best observed, and of what gp recommends. */
  readonly truth: number
  readonly recommended: number
  /** Charged hours; null where the target was not reached. */
  readonly hours: number | null
  readonly trials: number
  readonly oom: number
}

const [seeds = '32', workerCount = '1', given] = process.argv.slice(2)
const changes: readonly Change[] = given
  ? JSON.parse(given)
  : [{}, { trustRegion: null }, { trustRegion: 0.15 }, { trustRegion: 0.4 }, { startup: 8 }, { startup: 24 }]
const { first, last } = seedsFrom(seeds)
const workers = Number(workerCount)
const space = spaceNamed(spaceName)!
const ground = landscape()
const cache = openCache(true)
const code = fingerprint([
  ...['optimizers/gp', 'optimizers/surrogate', 'optimizers/math', 'optimizers/feasibility'],
  ...['optimizers/stall.ts', 'search-spaces', 'trainer/landscape'],
  'src/advisors/training-knowledge.ts',
])

const told = { expert: () => expertBeliefs(space), opposite: () => mirrored(expertBeliefs(space)) }

const rows: string[][] = []
let unchanged: readonly Score[] = []
for (const change of changes) {
  const scores: Score[] = []
  for (let seed = first; seed <= last; seed++) scores.push(await scoreOf(change, seed))
  if (unchanged.length === 0) unchanged = scores
  rows.push(rowOf(change, scores))
  process.stderr.write(`${rows.at(-1)!.join('  ')}\n`)
}
console.log(
  markdown({
    title: `gp: seeds ${first} to ${last}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
    columns: [
      'change',
      'best observed',
      'without noise',
      'recommended',
      'hours',
      'OOM',
      'unchanged is better: p',
    ],
    rows,
    notes: [],
  }),
)

async function scoreOf(change: Change, seed: number): Promise<Score> {
  const key = { subject: 'gp options', change, seed, workers, terms, memoryLimitGb, code }
  const known = cache.get<Score>(key)
  if (known) return known
  const { searcher, recommended } = searcherFor(change, seed)
  const trainer = change.noiseless ? trainWithoutNoise : train
  const score = scored(
    await simulate(searcher, (number, params) => trainer(seed, number, params), { ...terms, workers }),
  )
  const whole = { ...score, recommended: truth(ground, recommended()) }
  cache.put(key, whole)
  return whole
}

function mirrored({ parameters }: Beliefs): Beliefs {
  const beliefs = Object.entries(parameters).map(([name, { centre, spread, confidence }]) => {
    const parameter = space.byName.get(name)!
    const there = parameter.fromUnit(1 - parameter.toUnit(centre))
    const scale = parameter.log ? Number(there) / Number(centre) : 1
    return [name, { centre: there, spread: spread! * scale, confidence }] as const
  })
  return { parameters: Object.fromEntries(beliefs) }
}

function searcherFor(change: Change, seed: number): { searcher: Searcher; recommended: () => Params } {
  const { beliefs, noiseless, ...options } = change
  const search = openSearch(space, { optimizer: { kind: 'gp', ...options }, preflight: 'formula' }, seed)
  if (beliefs) search.believe(told[beliefs as keyof typeof told]())
  const running = new Map<number, Proposed>()
  const searcher: Searcher = {
    async ask(number) {
      const pending = [...running.values()].map(({ params }) => params)
      const [proposed] = search.propose({ number, count: 1, pending })
      running.set(number, proposed!)
      return proposed!.params
    },
    async tell(number, { result }) {
      search.observe([{ ...running.get(number)!, result }])
      running.delete(number)
    },
  }
  return { searcher, recommended: () => search.recommend()!.params }
}

function trainWithoutNoise(seed: number, number: number, params: Params): Ending {
  const ending = train(seed, number, params)
  if (ending.result.outcome !== 'complete') return ending
  return { ...ending, result: { outcome: 'complete', value: truth(ground, params) } }
}

function scored(trials: readonly Trial[]): Omit<Score, 'recommended'> {
  const observedOf = ({ result }: Trial) =>
    result.outcome === 'complete' ? result.value : Number.POSITIVE_INFINITY
  const best = trials.reduce((a, b) => (observedOf(b) < observedOf(a) ? b : a))
  const reached = trials.find((trial) => observedOf(trial) <= targetBpb)
  return {
    best: observedOf(best),
    truth: truth(ground, best.params),
    hours: reached ? reached.spentSeconds / 3600 : null,
    trials: trials.length,
    oom: trials.filter(({ result }) => result.outcome === 'oom').length,
  }
}

function rowOf(change: Change, scores: readonly Score[]): string[] {
  const best = scores.map((score) => score.best)
  const total = (of: (score: Score) => number) => scores.reduce((sum, score) => sum + of(score), 0)
  return [
    Object.entries(change)
      .map(([name, value]) => `${name}: ${value}`)
      .join(', ') || 'none',
    `${mean(best).toFixed(5)} ± ${standardDeviation(best).toFixed(5)}`,
    mean(scores.map((score) => score.truth)).toFixed(5),
    mean(scores.map((score) => score.recommended)).toFixed(5),
    median(scores.map((score) => score.hours ?? Number.POSITIVE_INFINITY)).toFixed(1),
    `${((100 * total((score) => score.oom)) / total((score) => score.trials)).toFixed(1)} %`,
    scores === unchanged || scores.length < 2
      ? ''
      : signedRankLess(
          unchanged.map((score) => score.best),
          best,
        ).p.toPrecision(2),
  ]
}
