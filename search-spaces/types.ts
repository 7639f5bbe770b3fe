/** The words every other room uses for a search space. The schema (schema.ts) is the source of the spec's types. */
import type { Expression } from './expressions.js'
import type { SpaceSpec, Value } from './schema.js'

export type { Value }

/** A configuration in natural units. A parameter whose condition does not hold is absent. */
export type Params = Readonly<Record<string, Value>>

export type Kind = 'float' | 'int' | 'ordinal' | 'categorical' | 'bool' | 'fixed'

/**
 * One parameter, compiled. Every parameter that is searched owns one coordinate of the unit cube;
 * a discrete one cuts its coordinate into cells, one cell a level.
 */
export interface Parameter {
  readonly name: string
  readonly kind: Kind
  /** Has an order and a metric: float, int, ordinal. The others (categorical, bool) are unordered. */
  readonly numeric: boolean
  readonly log: boolean
  /** How many values it can take; Infinity for a float without a step, 1 for a fixed one. */
  readonly levels: number
  readonly default: Value
  /** The conditions that must all hold for it to be active; empty when it always is. */
  readonly when: readonly Condition[]
  /** Its coordinate of the unit cube; -1 where it is not searched (fixed, or never active). */
  readonly coordinate: number
  /** What it takes, for a person: "a power of two from 32 to 256". */
  readonly domain: string
  /** Is this one of its values? */
  accepts(value: unknown): boolean
  /** Numeric only: the nearest of its values; undefined where nearness has no meaning. */
  nearest(value: number): Value | undefined
  /** Natural → unit. Exact inverse of `fromUnit` on every value that `fromUnit` can give. */
  toUnit(value: Value): number
  /** Unit (clamped to [0,1]) → the natural value: of the cell that contains it, where it is discrete. */
  fromUnit(unit: number): Value
  /** Discrete only: the value of level i (0 … levels-1), and the cell of the unit interval that decodes to it. */
  level(index: number): Value
  /** -1 where the value is none of its levels. */
  indexOf(value: Value): number
  cell(index: number): { readonly low: number; readonly high: number; readonly centre: number }
}

export interface Condition {
  readonly parent: string
  readonly values: readonly Value[]
}

/** The expressions of a space, compiled together. */
export interface Formulas {
  /** Of the parameters that expressions read, by slot; derived quantities take the slots behind them. */
  readonly reads: readonly string[]
  readonly derived: readonly { readonly name: string; readonly expression: Expression }[]
  readonly constraints: readonly { readonly expression: Expression; readonly adjust: readonly string[] }[]
  readonly memory: { readonly gb: Expression; readonly limitGb: number } | null
}

export interface Space {
  readonly spec: SpaceSpec
  /** Changes exactly when the normalised spec does: a snapshot carries it. */
  readonly fingerprint: string
  /**
   * All parameters, parents before children, else by name: a JSON object's keys have no order that a database
   * would keep, so the order they were written in carries no meaning.
   */
  readonly parameters: readonly Parameter[]
  readonly byName: ReadonlyMap<string, Parameter>
  /** Those that are searched, in the order of the unit cube's coordinates. */
  readonly searched: readonly Parameter[]
  /** Some parameter is active only under a condition. */
  readonly conditional: boolean
  /** Derived quantities, constraints and the memory model, compiled. */
  readonly formulas: Formulas
  /** The default configuration, repaired. */
  readonly defaults: Params
}

/** What repair changed, and why. */
export interface Repair {
  readonly parameter: string
  readonly from: Value | null
  readonly to: Value | null
  readonly rule: 'clamp' | 'snap' | 'default' | 'inactive' | 'unknown' | 'constraint'
  /** The constraint's expression where the rule is one. */
  readonly because?: string
}

export type Repaired =
  | { readonly ok: true; readonly params: Params; readonly repairs: readonly Repair[] }
  | { readonly ok: false; readonly violated: string; readonly message: string }

/** A fault in a space or in a configuration: where in it ('' is the whole), what is wrong, what would be right. */
export interface Fault {
  readonly path: string
  readonly message: string
}

export class SpaceError extends Error {
  override readonly name = 'SpaceError'
  readonly code = 'invalid_space'
  constructor(readonly faults: readonly [Fault, ...Fault[]]) {
    super(faults.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; '))
  }
}
