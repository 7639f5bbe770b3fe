/** Advisors that answer without a call: `expert`, and the controls `copy`, `jitter` and `random`. */
import { stream } from '../../optimizers/rng.js'
import { decode, draw, encode, type Params, type Space } from '../../search-spaces/index.js'
import type { ScriptedKind } from '../domain/advisor.js'
import type { AdvisorHistory } from './advisor-history.js'
import { suggestByExpert } from './expert-advisor.js'

export interface SuggestionRequest {
  readonly space: Space
  readonly history: AdvisorHistory
  /** The study's seed. Randomness is keyed by it and the trial's number. */
  readonly seed: number
  readonly number: number
  /** Whether the configuration satisfies the constraints, passes the preflight, and has not run yet. */
  readonly accept: (params: Params) => Promise<boolean>
}

export type Draw = (question: SuggestionRequest, rng: ReturnType<typeof stream>) => Params

const STREAM = 0xad715e
/** The most draws. The last one is returned even if not acceptable, so that its repair or refusal is recorded. */
const DRAWS = 200

/** Null while no trial has succeeded, because every kind but `random` starts from the best trial. */
export async function suggestByScript(
  kind: ScriptedKind,
  question: SuggestionRequest,
): Promise<Params | null> {
  if (kind !== 'random' && question.history.best.length === 0) return null
  if (kind === 'copy') return question.history.best[0]!.params
  const rng = stream(question.seed, question.number, STREAM)
  let params = DRAW[kind](question, rng)
  for (let drawn = 1; drawn < DRAWS && !(await question.accept(params)); drawn++)
    params = DRAW[kind](question, rng)
  return params
}

const suggestRandom: Draw = ({ space }, rng) => draw(space, rng.uniform)

/** The standard deviation of a step as a fraction of the range, and the chance to switch an unordered parameter. */
const JITTER_STEP = 0.05
const JITTER_SWITCH_CHANCE = 0.1

const suggestJitter: Draw = ({ space, history }, rng) => {
  const centre = encode(space, history.best[0]!.params)
  const point = space.searched.map((parameter, i) => {
    const at = Number.isNaN(centre[i]!) ? rng.uniform() : centre[i]!
    if (!parameter.numeric) return rng.uniform() < JITTER_SWITCH_CHANCE ? rng.uniform() : at
    return Math.min(1, Math.max(0, at + JITTER_STEP * rng.normal()))
  })
  return decode(space, point)
}

const DRAW: Readonly<Record<Exclude<ScriptedKind, 'copy'>, Draw>> = {
  random: suggestRandom,
  jitter: suggestJitter,
  expert: suggestByExpert,
}
