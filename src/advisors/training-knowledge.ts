/**
 * Rules of thumb about training: which parameters matter most, by which steps they are tuned, and their usual values.
 * They are textbook knowledge in round numbers; none of them was fitted to, or read from, any objective.
 */
import type { Belief, Beliefs, Relation } from '../../optimizers/contract.js'
import { isPositive, type Parameter, type Space } from '../../search-spaces/index.js'

export interface ParameterKnowledge {
  readonly names: RegExp
  /** How often the parameter is changed, relative to the others. */
  readonly weight: number
  /** The range of its usual values. */
  readonly usual?: readonly [low: number, high: number]
  /** The factor by which it is multiplied or divided; without one, it changes by a fraction of its range. */
  readonly factor?: number
}

/** The first entry whose pattern matches a parameter's name applies. */
const TRAINING_KNOWLEDGE: readonly ParameterKnowledge[] = [
  // Long warm-ups help with large batches; in short runs, a cool-down over half of the run or more helps.
  { names: /warm_?up/i, weight: 1, usual: [0, 0.1] },
  { names: /warm_?down|cool_?down|decay_(ratio|frac)/i, weight: 2, usual: [0.4, 0.8] },
  { names: /(final|min)_?lr/i, weight: 1, usual: [0, 0.1] },
  { names: /weight_?decay/i, weight: 2, usual: [0.01, 0.2], factor: 2 },
  { names: /dropout/i, weight: 1, usual: [0, 0.2] },
  // Learning rates matter most, above all that of the matrices.
  { names: /matrix_?lr/i, weight: 4, factor: 1.5 },
  { names: /(^|_)lr$|lr_|learning_?rate/i, weight: 3, factor: 1.5 },
  // In a fixed time, smaller batches give more steps, and smaller models more tokens, so both directions are worth a try.
  { names: /total_?batch/i, weight: 3, factor: 2 },
  { names: /batch/i, weight: 1, factor: 2 },
  { names: /depth|layers|blocks/i, weight: 3, factor: 1.25 },
  { names: /width|aspect|hidden|embed|dim|rank/i, weight: 2, factor: 1.25 },
]
const UNKNOWN_PARAMETER: ParameterKnowledge = { names: /(?:)/, weight: 1 }

export function knowledgeOf({ name }: Parameter): ParameterKnowledge {
  return TRAINING_KNOWLEDGE.find(({ names }) => names.test(name)) ?? UNKNOWN_PARAMETER
}

interface RelationRule {
  readonly of: readonly (readonly [names: RegExp, power: number])[]
  readonly factor: number
}

/** What is held to stay about the same as at the defaults, whatever each of them is. */
const RELATIONS: readonly RelationRule[] = [
  // Learning rates grow with the square root of the batch.
  { of: rateByBatch(/matrix_?lr|^lr$|learning_?rate/i), factor: 2 },
  { of: rateByBatch(/^embed\w*_?lr/i), factor: 2 },
  // In a fixed time, a deeper model is narrower: the number of weights grows with depth³ · (width per layer)².
  {
    of: [
      [/^depth$/i, 3],
      [/aspect/i, 2],
    ],
    factor: 3,
  },
]

function rateByBatch(rate: RegExp): RelationRule['of'] {
  return [
    [rate, 1],
    [/total_?batch|^batch(_?size)?$/i, -0.5],
  ]
}

/** The confidence of every belief: moderate, because the rules do not know the objective. */
const CONFIDENCE = 0.5
/** The optimum is believed to lie within this many factor steps of the default. */
const FACTOR_STEPS = 2

/** The expert's beliefs about a space. Parameters without a rule get no belief. */
export function expertBeliefs(space: Space): Beliefs {
  const beliefs = space.searched.flatMap((parameter) => {
    const belief = beliefOf(parameter)
    return belief === undefined ? [] : [[parameter.name, belief] as const]
  })
  const relations = RELATIONS.flatMap((rule) => relationOf(space, rule) ?? [])
  return { parameters: Object.fromEntries(beliefs), ...(relations.length > 0 && { relations }) }
}

function beliefOf(parameter: Parameter): Belief | undefined {
  const { usual, factor } = knowledgeOf(parameter)
  if (!parameter.numeric) return undefined
  if (usual !== undefined) return beliefAround(parameter, usual[0], usual[1])
  const usually = Number(parameter.default)
  if (factor === undefined || !(usually > 0)) return undefined
  return beliefAround(parameter, usually / factor ** FACTOR_STEPS, usually * factor ** FACTOR_STEPS)
}

/** A belief centred between low and high on the parameter's own scale; undefined where both are the same value. */
function beliefAround(parameter: Parameter, low: number, high: number): Belief | undefined {
  const [from, to] = [low, high].map((value) => Number(parameter.nearest(value)))
  const centre = parameter.fromUnit((parameter.toUnit(from!) + parameter.toUnit(to!)) / 2)
  const spread = (Number(centre) * (to! - from!)) / (to! + from!)
  return spread > 0 ? { centre, spread, confidence: CONFIDENCE } : undefined
}

function relationOf(space: Space, { of, factor }: RelationRule): Relation | undefined {
  const terms = of.map(([names, power]) => {
    const parameter = space.searched.find((one) => names.test(one.name) && isPositive(one))
    return parameter && ([parameter.name, { power, at: Number(parameter.default) }] as const)
  })
  const found = terms.filter((term) => term !== undefined)
  return found.length < terms.length
    ? undefined
    : { of: Object.fromEntries(found), factor, confidence: CONFIDENCE }
}
