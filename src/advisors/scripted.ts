/** Advisors that answer at once: the expert's script, and the controls that show what any gain owes to its place alone. */
import { stream } from '../../optimizers/rng.js'
import { decode, draw, encode, type Params, type Space } from '../../search-spaces/index.js'
import type { ScriptedKind } from '../model/advisor.js'
import { expert } from './expert.js'
import type { History } from './history.js'

export interface Question {
  readonly space: Space
  readonly history: History
  /** Of the study: randomness is keyed by it and the trial's number. */
  readonly seed: number
  readonly number: number
  /** Would it run: within the constraints and, by the preflight, in memory? And is it new? */
  readonly accept: (params: Params) => boolean
}

export type Draw = (question: Question, rng: ReturnType<typeof stream>) => Params

const STREAM = 0xad715e
/** Draws before the last one is given back, acceptable or not: its repair or its refusal is then on record. */
const DRAWS = 200

/** Null: nothing has succeeded yet that it could begin from. */
export function suggest(kind: ScriptedKind, question: Question): Params | null {
  if (kind !== 'random' && question.history.best.length === 0) return null
  if (kind === 'copy') return question.history.best[0]!.params
  const rng = stream(question.seed, question.number, STREAM)
  let params = DRAW[kind](question, rng)
  for (let drawn = 1; drawn < DRAWS && !question.accept(params); drawn++) params = DRAW[kind](question, rng)
  return params
}

const random: Draw = ({ space }, rng) => draw(space, rng.uniform)

/** Of each parameter's range, and the chance of another choice where there is no order. */
const STEP = 0.05
const SWITCH = 0.1

const jitter: Draw = ({ space, history }, rng) => {
  const centre = encode(space, history.best[0]!.params)
  const point = space.searched.map((parameter, i) => {
    const at = Number.isNaN(centre[i]!) ? rng.uniform() : centre[i]!
    if (!parameter.numeric) return rng.uniform() < SWITCH ? rng.uniform() : at
    return Math.min(1, Math.max(0, at + STEP * rng.normal()))
  })
  return decode(space, point)
}

const DRAW: Readonly<Record<Exclude<ScriptedKind, 'copy'>, Draw>> = { random, jitter, expert }
