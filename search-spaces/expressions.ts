/**
 * Expressions over parameters, from untrusted input. mathjs parses them, but never evaluates them: the compiler walks
 * the tree once, refuses node kinds, operators, functions and names that it does not know, checks types, and builds
 * plain closures.
 *
 * An expression has no value in two cases: it needs a parameter that is not active, or one of its steps is not a finite
 * number (1/0 would be greater than 5, and its negation smaller).
 */
import {
  type Binding,
  type Compiled,
  compileTree,
  INACTIVE,
  NOT_FINITE,
  type Scope,
} from './expression-compiler.js'
import { parseExpression } from './expression-parser.js'
import type { Value } from './schema.js'

export interface Expression extends Compiled {
  readonly text: string
}

export function compileExpression(text: string, names: ReadonlyMap<string, Binding>): Expression {
  return { text, ...compileTree(parseExpression(text), names) }
}

/** Undefined if the expression needs a parameter that is not active; NaN if a step is not finite. */
export function evaluateExpression(expression: Expression, scope: Scope): Value | undefined {
  try {
    return expression.run(scope)
  } catch (reason) {
    if (reason === INACTIVE) return undefined
    if (reason === NOT_FINITE) return Number.NaN
    throw reason
  }
}
