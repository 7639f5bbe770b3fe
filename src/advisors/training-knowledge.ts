/**
 * What a practitioner knows about training before the first trial: which knobs matter most, in which steps one turns them,
 * where their usual values lie. Textbook lore in round numbers; nothing in it was fitted to, or read off, any objective.
 */
import type { Belief, Beliefs } from '../../optimizers/contract.js'
import type { Parameter, Space } from '../../search-spaces/index.js'

export interface ParameterKnowledge {
  readonly names: RegExp
  /** How often it is turned, beside the others. */
  readonly weight: number
  /** Where its usual values lie, for whoever does not know better. */
  readonly usual?: readonly [low: number, high: number]
  /** Turned by this factor, or its inverse; without one, by a step of its range. */
  readonly factor?: number
}

/** The first that fits a parameter's name. */
const TRAINING_KNOWLEDGE: readonly ParameterKnowledge[] = [
  // Warming up for long is for large batches; cooling down over half of a short run or more is what pays.
  { names: /warm_?up/i, weight: 1, usual: [0, 0.1] },
  { names: /warm_?down|cool_?down|decay_(ratio|frac)/i, weight: 2, usual: [0.4, 0.8] },
  { names: /(final|min)_?lr/i, weight: 1, usual: [0, 0.1] },
  { names: /weight_?decay/i, weight: 2, usual: [0.01, 0.2], factor: 2 },
  { names: /dropout/i, weight: 1, usual: [0, 0.2] },
  // Learning rates first, by half or by half as much again. That of the matrices does most of the work.
  { names: /matrix_?lr/i, weight: 4, factor: 1.5 },
  { names: /(^|_)lr$|lr_|learning_?rate/i, weight: 3, factor: 1.5 },
  // In a fixed time smaller batches give more steps, and smaller models more tokens: both are worth a try in either direction.
  { names: /total_?batch/i, weight: 3, factor: 2 },
  { names: /batch/i, weight: 1, factor: 2 },
  { names: /depth|layers|blocks/i, weight: 3, factor: 1.25 },
  { names: /width|aspect|hidden|embed|dim|rank/i, weight: 2, factor: 1.25 },
]
const UNKNOWN_PARAMETER: ParameterKnowledge = { names: /(?:)/, weight: 1 }

export function knowledgeOf({ name }: Parameter): ParameterKnowledge {
  return TRAINING_KNOWLEDGE.find(({ names }) => names.test(name)) ?? UNKNOWN_PARAMETER
}

/** As sure as somebody is who has not seen this objective. */
const CONFIDENCE = 0.5
/** The author of a default was seldom further off than so many turns of its knob. */
const TURNS = 2

/** The same for every study of a space: what nobody has lore about is left open. */
export function expertBeliefs(space: Space): Beliefs {
  const beliefs = space.searched.flatMap((parameter) => {
    const belief = beliefOf(parameter)
    return belief === undefined ? [] : [[parameter.name, belief] as const]
  })
  return { parameters: Object.fromEntries(beliefs) }
}

function beliefOf(parameter: Parameter): Belief | undefined {
  const { usual, factor } = knowledgeOf(parameter)
  if (!parameter.numeric) return undefined
  if (usual !== undefined) return beliefAround(parameter, usual[0], usual[1])
  const usually = Number(parameter.default)
  if (factor === undefined || !(usually > 0)) return undefined
  return beliefAround(parameter, usually / factor ** TURNS, usually * factor ** TURNS)
}

/** In the middle by the parameter's own scale, and reaching as far to either side there; undefined where it can go nowhere. */
function beliefAround(parameter: Parameter, low: number, high: number): Belief | undefined {
  const [from, to] = [low, high].map((value) => Number(parameter.nearest(value)))
  const centre = parameter.fromUnit((parameter.toUnit(from!) + parameter.toUnit(to!)) / 2)
  const spread = (Number(centre) * (to! - from!)) / (to! + from!)
  return spread > 0 ? { centre, spread, confidence: CONFIDENCE } : undefined
}
