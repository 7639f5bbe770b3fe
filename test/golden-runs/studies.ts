/**
 * The studies whose runs are recorded: every optimizer, every kind of advisor, every pruning rule. What a trial is worth
 * depends on its configuration and number alone, so the same code gives the same run.
 */

import { stream } from '../../optimizers/rng.js'
import { type Params, readSpace, type Space } from '../../search-spaces/index.js'
import { evaluate, landscape } from '../../trainer/landscape/index.js'
import { bowl } from '../optimizers/scripted-study.js'
import { conditional, everyKind } from '../optimizers/spaces.js'

export interface GoldenStudy {
  readonly spec: Readonly<Record<string, unknown>>
  readonly trials: number
  /** Trials that run at once. */
  readonly workers: number
  readonly measure: (number: number, params: Params) => Measured
  /** A language model answers, so one trial runs at a time: when its answer comes is nobody's to say. */
  readonly model?: boolean
  /** The server is closed and started again after so many trials. */
  readonly restartAfter?: number
  /** Configurations that somebody queues before the first ask. */
  readonly queued?: readonly Params[]
}

export interface Measured {
  readonly told: Readonly<Record<string, unknown>>
  /** Values reported on the way, at steps 1, 2, …; only where the study prunes. */
  readonly reports: readonly number[]
}

/** A training run on the simulated card. */
function onTheCard(number: number, params: Params): Measured {
  const run = evaluate(landscape(), params, { seed: number })
  const { trainSeconds, peakMemoryMb } = run
  if (run.outcome !== 'complete')
    return { told: { outcome: run.outcome, trainSeconds, peakMemoryMb }, reports: [] }
  return {
    told: { outcome: 'complete', value: run.valBpb, trainSeconds, peakMemoryMb },
    reports: run.curve.filter((_, i) => i % 3 === 0).map((point) => point.valBpb),
  }
}

/** The bowl with noise; one trial in ten fails. */
const inTheBowl =
  (space: Space, sign = 1) =>
  (number: number, params: Params): Measured => {
    const rng = stream(number, 0x601d)
    if (rng.uniform() < 0.1)
      return { told: { outcome: rng.uniform() < 0.5 ? 'crashed' : 'oom' }, reports: [] }
    const value = sign * (bowl(space, params) + 0.01 * rng.uniform())
    return {
      told: { outcome: 'complete', value, trainSeconds: 1 + rng.uniform() },
      reports: [4, 3, 2, 1].map((left) => value + sign * 0.1 * left * rng.uniform()),
    }
  }

const CARD = { space: 'autoresearch-14', objective: { metric: 'val_bpb' }, seed: 7 }
const card = (method: unknown, more: Partial<GoldenStudy> = {}): GoldenStudy => ({
  spec: { ...CARD, method },
  trials: 40,
  workers: 3,
  measure: onTheCard,
  ...more,
})

const mixed = (space: Space, method: unknown, more: object = {}, sign = 1): GoldenStudy => ({
  spec: { space: space.spec, method, seed: 11, ...more },
  trials: 40,
  workers: 4,
  measure: inTheBowl(space, sign),
})

const optimizers = ['random', 'sobol', 'tpe', 'cma-es', 'gp', 'smac']
const line = readSpace({ parameters: { x: { type: 'float', low: -5, high: 10 } } })
const upwards = { objective: { metric: 'score', direction: 'maximize' } }
const llm = { kind: 'llm', model: 'openai-compatible:stand-in', warmup: 3, ratio: 0.4 }

export const goldenStudies: Readonly<Record<string, GoldenStudy>> = {
  ...Object.fromEntries(
    optimizers.flatMap((kind) => [
      [`${kind}, autoresearch-14`, card(kind)],
      [`${kind}, autoresearch-14, learned preflight`, card({ optimizer: { kind }, preflight: 'learned' })],
      [`${kind}, every kind of parameter`, mixed(everyKind, kind)],
      [`${kind}, conditional, maximised`, mixed(conditional, kind, upwards, -1)],
    ]),
  ),
  'tpe, univariate': card({ optimizer: { kind: 'tpe', multivariate: false } }),
  'cma-es, restarted server': card('cma-es', { restartAfter: 23 }),
  'gp, restarted server': card('gp', { restartAfter: 27 }),
  'gp, 230 trials of a line': { ...mixed(line, 'gp'), trials: 230 },
  'gp, 110 trials of autoresearch-14': card('gp', { trials: 110 }),
  'gp, confirmed': card('gp', { spec: { ...CARD, method: 'gp', confirm: 3, budget: { trials: 40 } } }),
  'tpe, confirmed': card('tpe', { spec: { ...CARD, method: 'tpe', confirm: 2, budget: { trials: 40 } } }),
  'tpe, queued': card('tpe', { queued: [{ DEPTH: 6 }, { DEPTH: 12, MATRIX_LR: 0.02 }] }),
  'cma-es, median': card('cma-es', { spec: { ...CARD, method: 'cma-es', pruning: { rule: 'median' } } }),
  'tpe, halving': card('tpe', { spec: { ...CARD, method: 'tpe', pruning: { rule: 'halving' } } }),
  'gp, forecast': card('gp', {
    spec: { ...CARD, method: 'gp', pruning: { rule: 'forecast', startupTrials: 5, chance: 0.2 } },
  }),
  'gp, expert as prior': card({ optimizer: { kind: 'gp' }, advisor: { kind: 'expert', as: 'prior' } }),
  'gp, expert as both': card({ optimizer: { kind: 'gp' }, advisor: { kind: 'expert', as: 'both' } }),
  'centaur-expert': card('centaur-expert'),
  'centaur-copy': card('centaur-copy'),
  'centaur-jitter': card('centaur-jitter'),
  'centaur-random': card('centaur-random'),
  'tpe, adaptive expert': card({
    optimizer: { kind: 'tpe' },
    advisor: { kind: 'expert', policy: 'adaptive', warmup: 5 },
  }),
  'cma-es, language model': card(
    { optimizer: { kind: 'cma-es' }, advisor: llm },
    { model: true, workers: 1, trials: 25 },
  ),
  'gp, language model as both': card(
    { optimizer: { kind: 'gp' }, advisor: { ...llm, as: 'both', every: 8 } },
    { model: true, workers: 1, trials: 25 },
  ),
}

/** What the stand-in answers to its n-th question. */
export function modelSays(n: number, isAboutBeliefs: boolean): string {
  const rng = stream(n, 0x11)
  const between = (low: number, high: number) =>
    Math.round((low + (high - low) * rng.uniform()) * 1000) / 1000
  if (isAboutBeliefs)
    return JSON.stringify({
      beliefs: { MATRIX_LR: { centre: between(0.01, 0.1), spread: 0.02, confidence: between(0.1, 0.9) } },
    })
  if (rng.uniform() < 0.2) return 'I would rather not say.'
  return JSON.stringify({
    DEPTH: rng.below(8) + 5,
    MATRIX_LR: between(0.01, 0.1),
    WEIGHT_DECAY: between(0, 0.4),
  })
}
