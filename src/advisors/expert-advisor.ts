/**
 * The advisor `expert`: a script that applies rules of thumb (training-knowledge.ts). It is not a language model.
 *
 * It imitates manual tuning: it changes one or two parameters of the best trial, or repeats the step that led to it.
 */
import type { stream } from '../../optimizers/rng.js'
import {
  decode,
  encode,
  type Parameter,
  type Params,
  type Space,
  type Value,
} from '../../search-spaces/index.js'
import type { AdvisorHistory } from './advisor-history.js'
import { knowledgeOf } from './training-knowledge.js'

type Rng = ReturnType<typeof stream>

/** The history must have at least one best trial. */
interface ExpertInput {
  readonly space: Space
  readonly history: AdvisorHistory
}

/**
 * The chances to change two parameters at once, to repeat the last step, and to take a usual value instead of a step.
 */
const TWO_PARAMETERS_SHARE = 0.4
const REPEAT_DIRECTION_SHARE = 0.25
const USUAL_SHARE = 0.3
/** The step as a fraction of the parameter's range, where the parameter has no usual factor. */
const STEP = 0.15

export function suggestByExpert({ space, history: { best } }: ExpertInput, rng: Rng): Params {
  const [first, second] = best
  if (second !== undefined && rng.uniform() < REPEAT_DIRECTION_SHARE)
    return continueStep(space, first!.params, second.params)
  const params: Record<string, Value> = { ...first!.params }
  const changes = rng.uniform() < TWO_PARAMETERS_SHARE ? 2 : 1
  for (const parameter of pickParameters(space, params, changes, rng)) {
    params[parameter.name] = stepParameter(parameter, params[parameter.name]!, rng)
  }
  return params
}

/** Extrapolates the step from the second best trial to the best by half its length. */
function continueStep(space: Space, best: Params, second: Params): Params {
  const [to, from] = [encode(space, best), encode(space, second)]
  const point = to.map((at, i) => {
    const numeric = space.searched[i]!.numeric && !Number.isNaN(from[i]!)
    return numeric ? Math.min(1, Math.max(0, at + (at - from[i]!) / 2)) : at
  })
  return decode(space, point)
}

/** Draws active parameters without replacement, with probabilities proportional to their weights. */
function pickParameters(space: Space, params: Params, count: number, rng: Rng): Parameter[] {
  const picked: Parameter[] = []
  for (let left = activeParameters(space, params); picked.length < count && left.length > 0; ) {
    const tickets = left.flatMap((parameter) =>
      Array<Parameter>(knowledgeOf(parameter).weight).fill(parameter),
    )
    const drawn = tickets[rng.below(tickets.length)]!
    picked.push(drawn)
    left = left.filter((parameter) => parameter !== drawn)
  }
  return picked
}

function activeParameters(space: Space, params: Params): readonly Parameter[] {
  return space.searched.filter(({ name }) => name in params)
}

function stepParameter(parameter: Parameter, value: Value, rng: Rng): Value {
  if (!parameter.numeric) return otherChoice(parameter, value, rng)
  const { usual, factor } = knowledgeOf(parameter)
  if (usual !== undefined && rng.uniform() < USUAL_SHARE) {
    return nearestLevel(parameter, usual[0] + (usual[1] - usual[0]) * rng.uniform(), value)
  }
  const up = rng.uniform() < 0.5
  if (factor !== undefined && value !== 0) {
    const next = nearestLevel(parameter, Number(value) * (up ? factor : 1 / factor), value)
    if (next !== value) return next
  }
  const step = Math.max(STEP, parameter.levels === Infinity ? 0 : 1 / parameter.levels)
  return parameter.fromUnit(parameter.toUnit(value) + (up ? step : -step))
}

function nearestLevel(parameter: Parameter, value: number, otherwise: Value): Value {
  const near = parameter.nearest(value)
  return near === undefined ? otherwise : near
}

function otherChoice(parameter: Parameter, value: Value, rng: Rng): Value {
  if (parameter.levels < 2) return value
  const index = rng.below(parameter.levels - 1)
  return parameter.level(index < parameter.indexOf(value) ? index : index + 1)
}
