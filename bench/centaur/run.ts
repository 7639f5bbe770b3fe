/** One run: an arm and a seed on the simulated H200, by the protocol of `quality` and with its noise. */
import type { Params } from '../../search-spaces/index.js'
import type { HeldStudy } from '../../src/engine/held-study.js'
import { evaluate, landscape, truth } from '../../trainer/landscape/index.js'
import { memoryLimitGb, spaceName, terms } from '../quality/run.js'
import { type Ending, simulate, type Trial } from '../quality/simulation.js'
import { type Arm, leader, noise, warmup } from './arms.js'
import { openStudy, searcherOf } from './study.js'

export interface Run {
  readonly arm: Arm
  readonly seed: number
  /** Of the k-th trial after the warm-up, in place of the arm's ratio (bench/shares.ts). */
  readonly isAdvisors?: (k: number) => boolean
}

export interface Score {
  /** The lowest value that was observed, and what that configuration is worth without noise. */
  readonly best: number
  readonly truth: number
  readonly trials: number
  readonly oom: number
  readonly realised: number | null
  /** Of the advisor's trials: those that ran what had run before. */
  readonly repeats: number
  readonly taken: number
  /** New bests, and those of them that are the advisor's. */
  readonly incumbents: number
  readonly advisorsIncumbents: number
  /** Noise-free value of the incumbent at every hour, from the first. */
  readonly hourly: readonly number[]
}

export async function runOnce({ arm, seed, isAdvisors }: Run): Promise<Score> {
  const { advisor: kind, ratio, adaptive } = arm
  const policy = adaptive ? 'adaptive' : 'fixed'
  const study = openStudy({
    name: arm.id,
    space: spaceName,
    method: { ...leader, ...(kind && { advisor: { kind, ratio, warmup, policy } }) },
    objective: { metric: 'val_bpb', direction: 'minimize', noise },
    seed,
  })
  const sources = new Map<number, string>()
  const { ask, tell } = searcherOf(study)
  const searcher = {
    async ask(number: number) {
      if (isAdvisors) giveTurn(study, isAdvisors(study.counters.proposed - warmup))
      const params = await ask(number)
      sources.set(number, study.open.get(number)!.source)
      return params
    },
    tell,
  }
  const trials = await simulate(searcher, (number, params) => train(params, seed, number), {
    ...terms,
    workers: 1,
  })
  const { turns, repeats, taken } = study.counters.advice
  const eligible = study.counters.proposed - warmup
  return {
    ...found(trials, sources, kind === 'random' ? 'random-control' : kind),
    trials: trials.length,
    oom: trials.filter(({ result }) => result.outcome === 'oom').length,
    realised: kind === null ? null : turns / eligible,
    repeats,
    taken,
  }
}

function giveTurn(study: HeldStudy, isAdvisors: boolean): void {
  if (study.advisor !== null)
    Object.assign(study, {
      advisor: { ...study.advisor, ratio: isAdvisors ? 1 : 0 },
    } satisfies Partial<HeldStudy>)
}

/** The same trial number meets the same noise as in `quality`, in every arm. */
function train(params: Params, seed: number, number: number): Ending {
  const run = evaluate(landscape(), params, { seed: seed * 1_000_000 + number, memoryLimitGb })
  return {
    params,
    result:
      run.outcome === 'complete' ? { outcome: run.outcome, value: run.valBpb } : { outcome: run.outcome },
    wallSeconds: run.totalSeconds,
    chargedSeconds: run.trainSeconds,
    peakMemoryMb: run.peakMemoryMb,
  }
}

const HOURS = Array.from({ length: 24 }, (_, i) => i + 1)

function found(trials: readonly Trial[], sources: ReadonlyMap<number, string>, advisor: string | null) {
  const steps: { hours: number; best: number; truth: number; source: string }[] = []
  for (const { number, params, result, spentSeconds } of trials) {
    if (result.outcome !== 'complete' || result.value >= (steps.at(-1)?.best ?? Infinity)) continue
    const [hours, worth] = [spentSeconds / 3600, truth(landscape(), params)]
    steps.push({ hours, best: result.value, truth: worth, source: sources.get(number)! })
  }
  const last = steps.at(-1)
  if (!last) throw new Error('not one trial of the run succeeded')
  return {
    best: last.best,
    truth: last.truth,
    incumbents: steps.length,
    advisorsIncumbents: steps.filter(({ source }) => source === advisor).length,
    hourly: HOURS.map((hour) => (steps.findLast(({ hours }) => hours <= hour) ?? steps[0]!).truth),
  }
}
