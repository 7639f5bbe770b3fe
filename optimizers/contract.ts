/**
 * What an optimizer is: it opens runs, and a run owns the state of one search. No clock, no I/O, no Math.random.
 *
 * `ask` never changes the state: its randomness is keyed by (study seed, trial number), so an ask can be thrown away,
 * repeated, or made in another process with the same result. Only `tell` and `believe` change it, so the state equals
 * the fold of the ordered observations and beliefs, and a snapshot equals the replay.
 */
import type { z } from 'zod'
import type { Effort } from '../search-spaces/operations.js'
import type { Params, Space, Value } from '../search-spaces/types.js'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Why a trial gave no value. A failure is an outcome, never a number. */
export type FailureKind = 'oom' | 'diverged' | 'timeout' | 'crashed' | 'invalid'

export interface AskRequest {
  /** Number of the first trial asked for; the k-th proposal draws from the stream of (seed, number + k). */
  readonly number: number
  readonly count: number
  /**
   * How many trials before this one were the optimizer's own, where an advisor has others; by default `number`. An
   * optimizer that takes kinds of trials in turn counts these: an advisor has turns at fixed numbers, too, and would
   * always override the same kind.
   */
  readonly turn?: number
  /** Configurations that are running or about to: their results are not known yet. */
  readonly pending: readonly Params[]
  /**
   * May this configuration run (constraints, memory)? Where it says no, an optimizer draws again or filters its
   * candidates; after a limit of its own it proposes one that was refused.
   */
  readonly accept?: (params: Params) => boolean
  /** What the repairs of this ask may take in all; an optimizer that repairs many draws spends from it. */
  readonly effort?: Effort
}

export interface Proposal {
  readonly params: Params
  /** What the optimizer needs with the observation of this very proposal (a genotype, a generation). */
  readonly memo?: Json
}

export interface Observation {
  readonly number: number
  /** What ran, exactly. */
  readonly params: Params
  /** Present iff this is the optimizer's own proposal, unchanged. Absent: a foreign point (advisor, user, import). */
  readonly memo?: Json
  /**
   * `pruned` carries the last reported value as `value` where there is one, the step at which it was reported, and a
   * forecast of the final value where one could be made. Values are always finite.
   */
  readonly result:
    | { readonly outcome: 'complete'; readonly value: number }
    | {
        readonly outcome: 'pruned'
        readonly value?: number
        readonly step?: number
        readonly forecast?: Forecast
      }
    | { readonly outcome: FailureKind }
}

/** The predictive distribution of one measurement, its noise included. */
export interface Forecast {
  readonly mean: number
  readonly sd: number
}

/** What an optimizer has learned, in natural units: read by the advisor, the dashboard and `GET …/optimizer`. */
export interface Description {
  readonly kind: string
  readonly observations: number
  readonly failures: number
  /** Centre and spread per parameter where it has them; probabilities for unordered parameters. */
  readonly parameters: Readonly<
    Record<
      string,
      {
        readonly mean?: Value
        readonly low?: Value
        readonly high?: Value
        readonly probabilities?: Readonly<Record<string, number>>
      }
    >
  >
  /** Strongest first. */
  readonly correlations?: readonly { readonly a: string; readonly b: string; readonly r: number }[]
  /**
   * The covariance of its search distribution, row by row, where it has one. A parameter's coordinate goes from 0 at
   * its low bound to 1 at its high one, by the logarithm if it is searched so. The step size is left out.
   */
  readonly covariance?: {
    readonly parameters: readonly string[]
    readonly rows: readonly (readonly number[])[]
  }
  /** The step size of an evolution strategy, and its trend. */
  readonly sigma?: { readonly value: number; readonly trend: 'growing' | 'steady' | 'shrinking' }
  /** The beliefs that it was given, and their present weight. */
  readonly beliefs?: HeldBeliefs
  /** What it learns from earlier studies: how many of their trials it uses, and the weight that it has learned. */
  readonly earlier?: readonly CarriedStudy[]
  /** Sentences for a person: restarts and their reasons, fallbacks. */
  readonly notes: readonly string[]
}

/** An earlier study as an optimizer uses it. */
export interface CarriedStudy {
  readonly study: string
  readonly trials: number
  /**
   * Of its objective in the present one, each in units of the standard deviation of its values: about 1 where both are
   * the same, near 0 where it says nothing.
   */
  readonly weight: number
}

/** The configuration that an optimizer would choose in the end, and its posterior there, in the units of the values. */
export interface Recommendation {
  readonly params: Params
  readonly mean: number
  /** Of the objective without noise: one more measurement scatters by the noise on top. */
  readonly sd: number
}

/** What an earlier study has measured, perhaps on another card or in another space: its trials that ran to their end. */
export interface EarlierStudy {
  readonly study: string
  /** In natural units; smaller values are better. */
  readonly trials: readonly { readonly params: Params; readonly value: number }[]
}

/** What somebody believes of where the optimum lies, in natural units. There is no belief about parameters left out. */
export interface Beliefs {
  readonly parameters: Readonly<Record<string, Belief>>
  readonly relations?: Relation[]
}

/**
 * A belief about positive parameters together: whatever each of them is, the product of their powers is about what it is
 * at the values `at`. A learning rate that grows with the square root of the batch has the powers 1 and −½.
 */
export interface Relation {
  readonly of: Readonly<Record<string, { readonly power: number; readonly at: number }>>
  /** Two thirds of the belief lie within this factor of the product. */
  readonly factor: number
  /** From 0, no belief, to 1. */
  readonly confidence: number
}

export interface Belief {
  readonly centre: Value
  /** Of an ordered parameter: two thirds of the belief lie within this distance of the centre. */
  readonly spread?: number
  /** From 0, no belief, to 1. */
  readonly confidence: number
}

/** Beliefs as an optimizer holds them. */
export interface HeldBeliefs extends Beliefs {
  /** How many trials had been observed when they were given. */
  readonly since: number
  /** Their weight now: it fades as trials come, and is 0 once the trials have contradicted them. */
  readonly weight: number
  readonly givenUp: boolean
}

/**
 * What an optimizer says of itself before a run is opened, as plain data: it holds also where the run is in another
 * thread.
 */
export interface OptimizerTraits {
  readonly kind: string
  /** Of the snapshot's layout and of the algorithm: another version is refused, not coerced. */
  readonly version: number
  /** An ask takes more than a few milliseconds: a server should run it off its main thread. */
  readonly askIsSlow: boolean
  /** Which of the optional methods of `OptimizerRun` its runs have. */
  readonly abilities: Abilities
}

export interface Abilities {
  readonly recommend: boolean
  readonly confirm: boolean
  readonly believe: boolean
  /** Only model-based optimizers can say what somebody else's configuration promises. */
  readonly score?: true
  /** Only gp learns from what earlier studies have measured, without taking their values for its own. */
  readonly carry?: true
}

export interface Optimizer<Options> extends OptimizerTraits {
  /** Of its options as they are given: names, limits, defaults, and what each is for. */
  readonly optionsSchema: z.ZodObject
  /** Options as JSON, defaults filled in; throws OptionsError with the path. */
  options(json: unknown): Options
  /**
   * How many trials it proposes without a model, where these can come from another starting design as well. Left out:
   * it has no starting design, or has the one of surrogate/starting-design.ts already.
   */
  startingTrials?(options: Options): number
  /**
   * Of earlier studies what a run with the ability to `carry` uses, so that no more has to be kept. Given its own answer
   * it gives the same again.
   */
  usedOf?<Study extends EarlierStudy>(studies: readonly Study[]): Study[]
  /**
   * A run from nothing, or from where the run that wrote the snapshot was. Throws SnapshotError where the snapshot is
   * of another kind, version, space, seed or options. `earlier`: what earlier studies have measured, for an optimizer
   * with the ability to `carry`; the same whenever the run is opened again.
   */
  open(
    space: Space,
    options: Options,
    seed: number,
    snapshot?: Json,
    earlier?: readonly EarlierStudy[],
  ): OptimizerRun
}

/**
 * One search of one space. The run owns its state: `tell` and `believe` change it, in the order of their calls, and
 * nothing else does. Smaller values are better: the caller negates a maximised metric before it tells.
 */
export interface OptimizerRun {
  /** Never changes what any method returns. A run may cache what an ask computed, such as a fitted model. */
  ask(request: AskRequest): Proposal[]
  tell(observations: readonly Observation[]): void
  snapshot(): Json
  describe(): Description
  /** About how much memory the run takes, in bytes: a server holds as many searches as fit. */
  bytes(): number
  /**
   * Of what ran, the best by the optimizer's own model: the best observed value of a noisy objective is the luckiest
   * one. Undefined where nothing has a value yet.
   */
  recommend?(): Recommendation | undefined
  /**
   * What ran and should run again, most informative first, to learn which of the best is best: for the last trials of a
   * budget. The same configuration may come more than once; the list is empty where nothing has a value yet.
   */
  whichToConfirm?(count: number): Params[]
  /**
   * From now on the run uses these beliefs; it forgets what was believed before. Beliefs count in the order of
   * observations. Throws OptionsError that names what is wrong.
   */
  believe?(beliefs: Beliefs): void
  /**
   * The log of the improvement that the optimizer's own model expects of each of these configurations as the next trial, up to
   * a constant: only the numbers of one call can be compared. Undefined where nothing has a value yet.
   */
  score?(candidates: readonly Params[], pending: readonly Params[]): number[] | undefined
}

export class OptionsError extends Error {
  override readonly name = 'OptionsError'
  readonly code = 'invalid_options'
  constructor(
    readonly path: string,
    message: string,
  ) {
    super(message)
  }
}

export class SnapshotError extends Error {
  override readonly name = 'SnapshotError'
  readonly code = 'snapshot_mismatch'
}
