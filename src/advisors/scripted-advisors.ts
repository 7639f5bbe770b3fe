/** Advisors that answer at once: the expert's script, and the controls that show what any gain owes to its place alone. */
import { stream } from '../../optimizers/rng.js'
import { decode, draw, encode, type Params, type Space } from '../../search-spaces/index.js'
import type { ScriptedKind } from '../domain/advisor.js'
import type { AdvisorHistory } from './advisor-history.js'
import { suggestByExpert } from './expert-advisor.js'

export interface SuggestionRequest {
  readonly space: Space
  readonly history: AdvisorHistory
  /** Of the study: randomness is keyed by it and the trial's number. */
  readonly seed: number
  readonly number: number
  /** Would it run: within the constraints and, by the preflight, in memory? And is it new? */
  readonly accept: (params: Params) => Promise<boolean>
}

export type Draw = (question: SuggestionRequest, rng: ReturnType<typeof stream>) => Params

const STREAM = 0xad715e
/** Draws before the last one is given back, acceptable or not: its repair or its refusal is then on record. */
const DRAWS = 200

/** Null: nothing has succeeded yet that it could begin from. */
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

/** Of each parameter's range, and the chance of another choice where there is no order. */
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
