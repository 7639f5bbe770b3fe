/** What a fitted model says of the parameters, where it predicts well enough to say anything. */
import type { Params } from '../../search-spaces/types.js'
import { rankedByMean } from '../gp/posterior.js'
import { type FittedTrials, meansOf } from './fitted.js'
import { leaveOneOutR2 } from './leave-one-out.js'
import { localShares } from './local.js'
import { totalIndices } from './total.js'

export interface Importances {
  /** Leave-one-out; null where all values are the same. */
  readonly r2: number | null
  /** By name; empty where the model predicts too badly. */
  readonly total: Readonly<Record<string, number>>
  readonly local: Readonly<Record<string, number>>
  /** The trial with the least posterior mean of those that ran to their end. */
  readonly recommended?: { readonly number: number; readonly params: Params }
}

/** A model that explains less of what it has not seen says nothing. */
export const SHOWN_FROM = 0.1

export function importancesOf(fitted: FittedTrials): Importances {
  const { history } = fitted
  const { searched } = history.encoding.space
  const r2 = leaveOneOutR2(fitted)
  const best = recommendedTrial(fitted)
  const recommended = best === undefined ? {} : { recommended: shown(fitted, best) }
  if (best === undefined || r2 === null || r2 < SHOWN_FROM)
    return { r2, total: {}, local: {}, ...recommended }
  const mean = meansOf(fitted)
  const byName = (shares: Float64Array) =>
    Object.fromEntries(searched.map(({ name, coordinate }) => [name, shares[coordinate]!]))
  return {
    r2,
    total: byName(totalIndices(mean, searched.length)),
    local: byName(localShares(mean, searched, history.points[best]!.unit)),
    ...recommended,
  }
}

/** Its place among the trials; undefined where none is complete. */
export function recommendedTrial({ model, trials }: FittedTrials): number | undefined {
  return rankedByMean(model).find((i) => trials[i]!.result.outcome === 'complete')
}

function shown({ trials }: FittedTrials, place: number) {
  const { number, params } = trials[place]!
  return { number, params }
}
