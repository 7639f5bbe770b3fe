/** A study of gp on a simulated card with 24 GB, and the first hours on the simulated H200 of a study that knows of it. */
import type { EarlierStudy } from '../../optimizers/contract.js'
import { openSearch, type Proposed, type SearchMethod } from '../../optimizers/search.js'
import { type Params, spaceNamed } from '../../search-spaces/index.js'
import { evaluate, type Landscape, landscape, truth } from '../../trainer/landscape/index.js'
import { memoryLimitGb, spaceName, terms } from '../quality/run.js'
import { type Ending, simulate, type Trial } from '../quality/simulation.js'

/** The card of the earlier study: the speed is a share of the H200's. */
export interface Card {
  readonly memoryGb: number
  readonly speed: number
}

/** How the earlier study is known: not at all, as trials of the new one, as a model, or as a model of opposite values. */
export type Known = 'nothing' | 'trials' | 'model' | 'opposite'

/** One earlier study, and a new one for each way in which it is known. */
export interface Run {
  readonly card: Card
  readonly seed: number
  readonly known: readonly Known[]
  readonly hours: Hours
}

/** Of the earlier study, and of the new one. */
export interface Hours {
  readonly earlier: number
  readonly here: number
}

export interface Found {
  /** Each new best: charged hours, observed, without noise. */
  readonly incumbents: readonly (readonly [hours: number, observed: number, truth: number])[]
  /** Without noise, of the configuration that gp recommends at the end. */
  readonly recommended: number
  /** The best of the earlier study, on the H200 and without noise. */
  readonly carried: number
}

const space = spaceNamed(spaceName)!
const H200: Card = { memoryGb: memoryLimitGb, speed: 1 }

/** In the order of `known`. */
export async function runOnce({ card, seed, known, hours }: Run): Promise<Found[]> {
  const before = await earlierStudy(card, seed, hours.earlier)
  const found: Found[] = []
  for (const how of known) found.push(await newStudy(before, how, seed, hours.here))
  return found
}

async function newStudy(before: readonly Trial[], known: Known, seed: number, hours: number): Promise<Found> {
  const search = openSearch(
    space,
    { optimizer: { kind: 'gp' }, preflight: 'formula' },
    seed,
    undefined,
    known === 'model' || known === 'opposite' ? [asEarlier(before, known)] : [],
  )
  const imported = known === 'trials' ? before : []
  const trials = await searched(search, H200, seed * NOISE.seed, hours, imported)
  return {
    incumbents: incumbentsOf(trials),
    recommended: truth(landscape(), search.recommend()!.params),
    carried: truth(landscape(), bestOf(before).params),
  }
}

/** The same trial number on the H200 meets the same noise in every row, and as in `quality`. */
const NOISE = { seed: 1_000_000, earlier: 7_000_000_000 }
/** So that an earlier study does not begin as the new one does. */
const EARLIER_SEEDS = 500

async function earlierStudy(card: Card, seed: number, hours: number): Promise<readonly Trial[]> {
  const method: SearchMethod = { optimizer: { kind: 'gp' }, preflight: 'learned' }
  const search = openSearch(space, method, EARLIER_SEEDS + seed)
  const noise = NOISE.earlier + (EARLIER_SEEDS + seed) * NOISE.seed
  return searched(search, card, noise, hours, [])
}

function asEarlier(trials: readonly Trial[], known: Known): EarlierStudy {
  const sign = known === 'opposite' ? -1 : 1
  return {
    study: 'earlier',
    trials: trials.flatMap(({ params, result }) =>
      result.outcome === 'complete' ? [{ params, value: sign * result.value }] : [],
    ),
  }
}

/** `imported` are trials that the search knows before its first one, and takes for its own. */
function searched(
  search: ReturnType<typeof openSearch>,
  card: Card,
  noise: number,
  hours: number,
  imported: readonly Trial[],
): Promise<Trial[]> {
  const observe = (number: number, params: Params, { result, peakMemoryMb }: Ending) =>
    search.observe([{ number, params, result, ...(peakMemoryMb && { peakMemoryMb }) }])
  for (const [number, trial] of imported.entries()) observe(number, trial.params, trial)
  const running = new Map<number, Proposed>()
  const searcher = {
    async ask(number: number) {
      const [proposed] = search.propose({ number: imported.length + number, count: 1, pending: [] })
      running.set(number, proposed!)
      return proposed!.params
    },
    async tell(number: number, ending: Ending) {
      observe(imported.length + number, running.get(number)!.params, ending)
    },
  }
  const train = (number: number, params: Params) => trainOn(card, params, noise + number)
  return simulate(searcher, train, { ...terms, workers: 1, budgetSeconds: hours * 3600 })
}

/** A slower card has the same five minutes, and gets less far in them. */
function trainOn({ memoryGb, speed }: Card, params: Params, seed: number): Ending {
  const run = evaluate(onCard(speed), params, { seed, memoryLimitGb: memoryGb })
  const { outcome, peakMemoryMb, trainSeconds } = run
  return {
    params,
    result: outcome === 'complete' ? { outcome, value: run.valBpb } : { outcome },
    wallSeconds: run.totalSeconds,
    chargedSeconds: outcome === 'complete' ? terms.trialSeconds : trainSeconds,
    peakMemoryMb,
  }
}

function onCard(speed: number): Landscape {
  const ground = landscape()
  if (speed === 1) return ground
  const { steps } = ground.weights
  return { ...ground, weights: { ...ground.weights, steps: { ...steps, seconds: speed * steps.seconds } } }
}

function incumbentsOf(trials: readonly Trial[]): Found['incumbents'] {
  const incumbents: [number, number, number][] = []
  for (const { params, result, spentSeconds } of trials) {
    const best = incumbents.at(-1)?.[1] ?? Number.POSITIVE_INFINITY
    if (result.outcome === 'complete' && result.value < best)
      incumbents.push([spentSeconds / 3600, result.value, truth(landscape(), params)])
  }
  return incumbents
}

function bestOf(trials: readonly Trial[]): Trial {
  const lossOf = ({ result }: Trial) => (result.outcome === 'complete' ? result.value : Infinity)
  return trials.reduce((a, b) => (lossOf(b) < lossOf(a) ? b : a))
}
