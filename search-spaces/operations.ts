/**
 * Limits of what a space may cost, in operations: one for each parameter, each value of a condition, and each node of an
 * expression. They are counted when the space is compiled, and never measured by a clock, so that a search can be replayed.
 */
import type { Formulas, Parameter } from './types.js'

export const MOST_OPERATIONS = {
  /** To compute one configuration: its conditions, and all expressions. */
  configuration: 10_000,
  /** To repair one configuration. */
  repair: 2_000_000,
  /** To find out whether any configuration satisfies the constraints. */
  check: 10_000_000,
  /** For all repairs of one proposed trial. */
  ask: 20_000_000,
} as const

/** The operations that may still be spent. */
export class Effort {
  constructor(
    private left: number,
    /** What is spent here is spent there too. */
    private readonly whole?: Effort,
  ) {}

  /** Spends operations; false, and nothing is spent, where too few are left. */
  spend(operations: number): boolean {
    if (!this.allows(operations)) return false
    this.left -= operations
    this.whole?.spend(operations)
    return true
  }

  allows(operations: number): boolean {
    return operations <= this.left && (this.whole?.allows(operations) ?? true)
  }
}

/** What one configuration costs, part by part, in the order in which the parts are computed. */
export function costsOf(
  parameters: Iterable<Parameter>,
  { derived, memory, constraints }: Formulas,
): { readonly path: string; readonly operations: number }[] {
  return [
    ...Array.from(parameters, ({ name, when }) => ({
      path: `parameters.${name}.when`,
      operations: 1 + when.reduce((sum, { values }) => sum + values.length, 0),
    })),
    ...derived.map(({ name, expression: { operations } }) => ({ path: `derived.${name}`, operations })),
    ...constraints.map(({ expression: { operations } }, i) => ({ path: `constraints.${i}`, operations })),
    ...(memory === null ? [] : [{ path: 'memory.gb', operations: memory.gb.operations }]),
  ]
}
