/** What is computed of a study's trials for people: which parameters matter, and what the model expects where. */
import {
  type Expectation,
  expectationsOf,
  type FittedTrials,
  fitTrials,
  type Importances,
  importancesOf,
  type ObservedTrial,
  recommendedTrial,
  type Surface,
  surfaceOf,
} from '../../optimizers/importance/index.js'
import { encode, type Params } from '../../search-spaces/index.js'
import { decodeSpec } from '../domain/decode-spec.js'
import type { StudySpec } from '../domain/spec.js'

/** The trials that a model learns from. Equal keys stand for equal trials. */
export interface TrialsToFit {
  readonly key: string
  readonly spec: StudySpec
  readonly trials: readonly ObservedTrial[]
}

export interface SurfaceRequest {
  readonly x: string
  readonly y?: string
  readonly size: number
  /** Where the other parameters are held; the recommendation where it is not given. */
  readonly at?: Params
}

export type Question =
  | { readonly kind: 'importances' }
  | { readonly kind: 'surface'; readonly request: SurfaceRequest }
  | { readonly kind: 'expectations'; readonly configurations: readonly Params[] }

export type Answer = Importances | (Surface & { readonly at: Params }) | readonly Expectation[]

/** Models are kept: a surface is asked for again and again. */
const KEPT = 4

export class Analyst {
  private readonly models = new Map<string, FittedTrials>()

  answer(given: TrialsToFit, question: Question): Answer {
    const fitted = this.fittedTo(given)
    if (question.kind === 'importances') return importancesOf(fitted)
    if (question.kind === 'surface') return surface(fitted, question.request)
    return expectationsOf(fitted, question.configurations)
  }

  private fittedTo({ key, spec, trials }: TrialsToFit): FittedTrials {
    const fitted = this.models.get(key) ?? fitTrials(decodeSpec(spec).space, trials)
    this.models.delete(key)
    this.models.set(key, fitted)
    for (const oldest of this.models.keys()) if (this.models.size > KEPT) this.models.delete(oldest)
    return fitted
  }
}

function surface(fitted: FittedTrials, { x, y, size, at: given }: SurfaceRequest) {
  const { space } = fitted.history.encoding
  const best = recommendedTrial(fitted)
  const at = given ?? (best === undefined ? space.defaults : fitted.trials[best]!.params)
  const named = (name: string) => space.byName.get(name)!
  const axes = y === undefined ? ([named(x)] as const) : ([named(x), named(y)] as const)
  return { ...surfaceOf(fitted, axes, encode(space, at), size), at }
}
