/** The types of a compiled search space. The types of its spec are inferred from schema.ts. */
import type { Expression } from './expressions.js'
import type { SpaceSpec, Value } from './schema.js'

export type { Value }

/** A configuration in natural units. A parameter whose condition does not hold is absent. */
export type Params = Readonly<Record<string, Value>>

export type Kind = 'float' | 'int' | 'ordinal' | 'categorical' | 'bool' | 'fixed'

/**
 * A compiled parameter. Every searched parameter has one coordinate of the unit cube. The coordinate of a discrete
 * parameter is divided into cells, one for each level.
 */
export interface Parameter {
  readonly name: string
  readonly kind: Kind
  /** Whether the values are ordered (float, int, ordinal) or not (categorical, bool). */
  readonly numeric: boolean
  readonly log: boolean
  /** The number of values; Infinity for a float without a step, 1 for a fixed parameter. */
  readonly levels: number
  readonly default: Value
  /** The conditions that must all hold for the parameter to be active; empty if it always is. */
  readonly when: readonly Condition[]
  /** The coordinate in the unit cube; -1 if the parameter is not searched (fixed, or never active). */
  readonly coordinate: number
  /** The domain as text: "a power of two from 32 to 256". */
  readonly domain: string
  /** Whether this is one of the parameter's values. */
  accepts(value: unknown): boolean
  /** The value nearest to a number; undefined for parameters that are not numeric. */
  nearest(value: number): Value | undefined
  /** Maps a value to the unit interval. Exact inverse of `fromUnit` for every value that `fromUnit` returns. */
  toUnit(value: Value): number
  /** Maps a unit value, clamped to [0,1], to a value; for a discrete parameter, to the level of its cell. */
  fromUnit(unit: number): Value
  /** Discrete only: the value of level i (0 … levels-1). */
  level(index: number): Value
  /** Discrete only: the index of a level; -1 if the value is not a level. */
  indexOf(value: Value): number
  /** Discrete only: the cell of the unit interval that decodes to level i. */
  cell(index: number): { readonly low: number; readonly high: number; readonly centre: number }
}

export interface Condition {
  readonly parent: string
  readonly values: readonly Value[]
}

/** The expressions of a space, compiled together. */
export interface Formulas {
  /** The parameters that expressions read, by slot. Derived quantities have the slots after them. */
  readonly reads: readonly string[]
  readonly derived: readonly { readonly name: string; readonly expression: Expression }[]
  readonly constraints: readonly { readonly expression: Expression; readonly adjust: readonly string[] }[]
  readonly memory: { readonly gb: Expression; readonly limitGb: number } | null
}

export interface Space {
  readonly spec: SpaceSpec
  /** A digest of the normalised spec. Snapshots carry it, to be refused for another space. */
  readonly fingerprint: string
  /**
   * All parameters: parents before children, else by name. The written order has no meaning, because databases do not
   * keep the order of a JSON object's members.
   */
  readonly parameters: readonly Parameter[]
  readonly byName: ReadonlyMap<string, Parameter>
  /** The searched parameters, in the order of the unit cube's coordinates. */
  readonly searched: readonly Parameter[]
  /** Whether any parameter has a condition. */
  readonly conditional: boolean
  /** Derived quantities, constraints and the memory model, compiled. */
  readonly formulas: Formulas
  /** What it costs to compute one configuration, in the operations of operations.ts. */
  readonly operations: number
  /** The default configuration, repaired. */
  readonly defaults: Params
}

/** One change that repair made, and its reason. */
export interface Repair {
  readonly parameter: string
  readonly from: Value | null
  readonly to: Value | null
  readonly rule: 'clamp' | 'snap' | 'default' | 'inactive' | 'unknown' | 'constraint'
  /** With the rule `constraint`: its expression. */
  readonly because?: string
}

export type Repaired =
  | { readonly ok: true; readonly params: Params; readonly repairs: readonly Repair[] }
  | { readonly ok: false; readonly violated: string; readonly message: string }

/** A fault in a space or a configuration: its place ('' is the whole), what is wrong, and the remedy. */
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
