/** What a study's optimizer recommends by its model, and the beliefs that it uses. */
import { isDeepStrictEqual } from 'node:util'
import type { CarriedStudy, HeldBeliefs } from '../../../optimizers/contract.js'
import { decode, encode, type Params } from '../../../search-spaces/index.js'
import { structureOffset } from '../../agents/structure-offset.js'
import { directionSign, type HeldStudy } from '../../engine/held-study.js'
import { configurationKey } from '../commands/create-trial.js'

export interface Recommendation {
  readonly recommended?: {
    /** The first trial with this configuration, where it is known. */
    readonly number?: number
    readonly params: Params
    /** The posterior mean and standard deviation there, in the objective's units. */
    readonly mean: number
    readonly sd: number
  }
  readonly beliefs?: HeldBeliefs
  /** The weights of earlier studies, in the order of the summary's. */
  readonly earlier?: readonly CarriedStudy[]
}

export async function recommend(study: HeldStudy): Promise<Recommendation> {
  const recommended = study.spec.objective.noise === 0 ? bestObserved(study) : await byOptimizer(study)
  const { beliefs, earlier } = (await study.search.describe()).optimizer
  return {
    ...(recommended && { recommended }),
    ...(beliefs && { beliefs }),
    ...(earlier && { earlier }),
  }
}

/** Without noise the best observed value is no luck, so no model is needed. */
function bestObserved({ history: { best } }: HeldStudy): Recommendation['recommended'] {
  const [first] = best
  return first && { number: first.number, params: first.params, mean: first.value!, sd: 0 }
}

async function byOptimizer(study: HeldStudy): Promise<Recommendation['recommended']> {
  const best = await study.search.recommend()
  const ran = best && (trialWithParams(study, best.params) ?? { params: best.params })
  return best && ran && { ...ran, mean: directionSign(study) * (best.mean + keptOffset(study)), sd: best.sd }
}

/** The search knows values without what the structure of a program is worth. */
function keptOffset({ ledger }: HeldStudy): number {
  const kept = ledger?.kept.at(-1)
  return kept === undefined ? 0 : structureOffset(ledger!, kept)
}

/**
 * The trial with this configuration, and its exact values: an optimizer may hold an imported number with fewer digits. Undefined where
 * it is neither known by its key nor among the best.
 */
export function trialWithParams(
  study: HeldStudy,
  params: Params,
): { readonly number: number; readonly params: Params } | undefined {
  const number = study.known.get(configurationKey(params))
  if (number !== undefined) return { number, params }
  const place = encode(study.space, params)
  const near = study.history.best.find((seen) => {
    const rounded = encode(study.space, decode(study.space, encode(study.space, seen.params)))
    return isDeepStrictEqual(rounded, place)
  })
  return near && { number: near.number, params: near.params }
}
