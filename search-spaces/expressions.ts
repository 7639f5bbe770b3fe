/**
 * Expressions over parameters, written by strangers. mathjs parses; nothing that it parsed is ever run by it.
 * The tree is walked once: node kinds, operators, functions and names not listed here are refused, types are
 * checked, and what remains becomes plain closures over an array of values.
 *
 * Two things can keep an expression from having a value: it came to need a parameter that is not active, or some
 * step of it was not a finite number (1/0 would be greater than 5, and its negation smaller).
 */
import { createRequire } from 'node:module'
import type { MathNode } from 'mathjs'
import type { Value } from './schema.js'

export type Type = 'number' | 'string' | 'boolean' | 'mixed'

/** The values that expressions read, by slot; undefined where a parameter is not active. */
export type Scope = readonly (Value | undefined)[]

export interface Expression {
  readonly text: string
  readonly type: Type
  readonly run: (scope: Scope) => Value
}

export class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
}

/** What a name stands for, and where its value is. */
export interface Binding {
  readonly type: Type
  readonly slot: number
}

const LONGEST = 500
const DEEPEST = 100

export function compile(text: string, names: ReadonlyMap<string, Binding>): Expression {
  return { text, ...typed(parse(text), { names, depth: 0 }) }
}

/** The names that an expression reads, whatever they stand for; none where it cannot be parsed. */
export function namesIn(text: string): string[] {
  const found: string[] = []
  try {
    parse(text).traverse((node, path) => {
      if (isNode(node, 'SymbolNode') && path !== 'fn') found.push(node.name as string)
    })
  } catch {
    return []
  }
  return found
}

/** Undefined: it needs a parameter that is not active. NaN: it is not finite. */
export function evaluate(expression: Expression, scope: Scope): Value | undefined {
  try {
    return expression.run(scope)
  } catch (reason) {
    if (reason === INACTIVE) return undefined
    if (reason === NOT_FINITE) return Number.NaN
    throw reason
  }
}

/** Thrown, never shown: made once because a stack trace for each costs more than the expression. */
const INACTIVE = new ExpressionError('a parameter is not active')
const NOT_FINITE = new ExpressionError('not a finite number')

// ── parsing ──

/** Loading mathjs takes longer than everything else here, so a space without expressions does not. */
let parser: ((text: string) => MathNode) | undefined

function parse(text: string): MathNode {
  if (text.length > LONGEST) throw new ExpressionError(`${text.length} characters; ${LONGEST} at most`)
  if (nesting(text) > DEEPEST) throw new ExpressionError(`nested too deeply; ${DEEPEST} levels at most`)
  parser ??= loadParser()
  try {
    return parser(text)
  } catch (error) {
    throw new ExpressionError(`cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function loadParser(): (text: string) => MathNode {
  const { create, parseDependencies } = createRequire(import.meta.url)(
    'mathjs/number',
  ) as typeof import('mathjs')
  const { parse } = create({ parseDependencies: parseDependencies! })
  return (text) => parse(text)
}

function nesting(text: string): number {
  let depth = 0
  let deepest = 0
  for (const character of text) {
    if (character === '(') deepest = Math.max(deepest, ++depth)
    if (character === ')') depth--
  }
  return deepest
}

// ── from the tree to closures ──

type Run<T> = (scope: Scope) => T

interface Typed {
  readonly type: Type
  readonly run: Run<Value>
}

interface Context {
  readonly names: ReadonlyMap<string, Binding>
  readonly depth: number
}

/** The fields of mathjs's nodes that are read below; a node's kind is in `type`. */
interface Node extends MathNode {
  readonly [field: string]: unknown
}

function isNode(node: MathNode, kind: string): node is Node {
  return node.type === kind
}

function typed(tree: MathNode, outer: Context): Typed {
  const node = tree as Node
  const context = { ...outer, depth: outer.depth + 1 }
  if (context.depth > DEEPEST) throw new ExpressionError(`nested too deeply; ${DEEPEST} levels at most`)
  switch (node.type) {
    case 'ParenthesisNode':
      return typed(node.content as MathNode, context)
    case 'ConstantNode':
      return constant(node.value)
    case 'SymbolNode':
      return variable(node.name as string, context)
    case 'OperatorNode':
      return operation(node, context)
    case 'RelationalNode':
      return chain(node, context)
    case 'ConditionalNode':
      return choice(node, context)
    case 'FunctionNode':
      return call(node, context)
    default:
      throw new ExpressionError(
        `${REFUSED.get(node.type) ?? node.type} are not allowed; only arithmetic and comparisons`,
      )
  }
}

const REFUSED = new Map([
  ['AccessorNode', 'properties'],
  ['IndexNode', 'indices'],
  ['ArrayNode', 'lists'],
  ['ObjectNode', 'objects'],
  ['AssignmentNode', 'assignments'],
  ['FunctionAssignmentNode', 'function definitions'],
  ['BlockNode', 'several expressions in one'],
  ['RangeNode', 'ranges'],
])

function constant(value: unknown): Typed {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new ExpressionError('a number in it is not finite')
  if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean')
    throw new ExpressionError(
      value === undefined ? 'a part of it is empty' : `${String(value)} is not a value`,
    )
  return { type: typeof value as Type, run: () => value }
}

function variable(name: string, { names }: Context): Typed {
  const binding = names.get(name)
  if (!binding) throw new ExpressionError(`${name} is neither a parameter nor a derived quantity`)
  const { slot, type } = binding
  const read: Run<Value> = (scope) => {
    const value = scope[slot]
    if (value === undefined) throw INACTIVE
    return value
  }
  return { type, run: type === 'number' ? (scope) => finite(read(scope) as number) : read }
}

function operation(node: Node, context: Context): Typed {
  const op = node.op as string
  if (node.implicit) throw new ExpressionError('write every * between two factors')
  if (node.isPercentage)
    throw new ExpressionError('a percentage is not allowed; for a remainder write a mod b')
  const operands = (node.args as MathNode[]).map((arg) => typed(arg, context))
  const [a, b] = operands as [Typed, Typed]
  if (operands.length === 1) return unary(op, a)
  if (op === '==' || op === '!=') return equality(op, a, b)
  if (op === 'and' || op === 'or') return logic(op, booleanOf(a, op), booleanOf(b, op))
  const compare = COMPARISONS.get(op)
  if (compare) return { type: 'boolean', run: compare(numberOf(a, op), numberOf(b, op)) }
  const compute = ARITHMETIC.get(op)
  if (compute) return { type: 'number', run: compute(numberOf(a, op), numberOf(b, op)) }
  throw new ExpressionError(
    `the operator ${op} is not allowed; allowed are + - * / % ^ == != < <= > >= and or not ? :`,
  )
}

function unary(op: string, a: Typed): Typed {
  if (op === 'not') {
    const condition = booleanOf(a, op)
    return { type: 'boolean', run: (scope) => !condition(scope) }
  }
  const operand = numberOf(a, op)
  if (op === '-') return { type: 'number', run: (scope) => -operand(scope) }
  if (op === '+') return { type: 'number', run: operand }
  throw new ExpressionError(`the operator ${op} is not allowed`)
}

function logic(op: 'and' | 'or', a: Run<boolean>, b: Run<boolean>): Typed {
  return { type: 'boolean', run: op === 'and' ? (s) => a(s) && b(s) : (s) => a(s) || b(s) }
}

/** Exact, unlike mathjs's own. */
function equality(op: '==' | '!=', a: Typed, b: Typed): Typed {
  if (a.type !== b.type && a.type !== 'mixed' && b.type !== 'mixed')
    throw new ExpressionError(`${op} compares a ${a.type} with a ${b.type}`)
  const [left, right] = [a.run, b.run]
  return { type: 'boolean', run: op === '==' ? (s) => left(s) === right(s) : (s) => left(s) !== right(s) }
}

type Binary<T> = (a: Run<number>, b: Run<number>) => Run<T>

const ARITHMETIC = new Map<string, Binary<number>>([
  ['+', (a, b) => (s) => finite(a(s) + b(s))],
  ['-', (a, b) => (s) => finite(a(s) - b(s))],
  ['*', (a, b) => (s) => finite(a(s) * b(s))],
  ['/', (a, b) => (s) => finite(a(s) / b(s))],
  ['^', (a, b) => (s) => finite(a(s) ** b(s))],
  ['%', (a, b) => (s) => modulo(a(s), b(s))],
  ['mod', (a, b) => (s) => modulo(a(s), b(s))],
])

const COMPARISONS = new Map<string, Binary<boolean>>([
  ['<', (a, b) => (s) => a(s) < b(s)],
  ['<=', (a, b) => (s) => a(s) <= b(s)],
  ['>', (a, b) => (s) => a(s) > b(s)],
  ['>=', (a, b) => (s) => a(s) >= b(s)],
])

const RELATIONS = new Map([
  ['smaller', '<'],
  ['smallerEq', '<='],
  ['larger', '>'],
  ['largerEq', '>='],
])

/** 1 <= a < b: every neighbouring pair holds. */
function chain(node: Node, context: Context): Typed {
  const operands = (node.params as MathNode[]).map((param) => numberOf(typed(param, context), 'a comparison'))
  const links = (node.conditionals as string[]).map((name, i) => {
    const compare = COMPARISONS.get(RELATIONS.get(name) ?? '')
    if (!compare) throw new ExpressionError('only < <= > >= can be chained')
    return compare(operands[i]!, operands[i + 1]!)
  })
  return { type: 'boolean', run: (scope) => links.every((holds) => holds(scope)) }
}

function choice(node: Node, context: Context): Typed {
  const condition = booleanOf(typed(node.condition as MathNode, context), '?')
  const yes = typed(node.trueExpr as MathNode, context)
  const no = typed(node.falseExpr as MathNode, context)
  if (yes.type !== no.type) throw new ExpressionError(`? : chooses between a ${yes.type} and a ${no.type}`)
  return { type: yes.type, run: (scope) => (condition(scope) ? yes.run(scope) : no.run(scope)) }
}

const ONE_ARGUMENT = new Map<string, (x: number) => number>([
  ['abs', Math.abs],
  ['ceil', Math.ceil],
  ['exp', Math.exp],
  ['floor', Math.floor],
  ['log', Math.log],
  ['log2', Math.log2],
  ['log10', Math.log10],
  ['round', (x) => Math.sign(x) * Math.round(Math.abs(x))],
  ['sqrt', Math.sqrt],
])

const SEVERAL_ARGUMENTS = new Map<string, Binary<number>>([
  ['max', (a, b) => (s) => Math.max(a(s), b(s))],
  ['min', (a, b) => (s) => Math.min(a(s), b(s))],
])

const FUNCTIONS = [...ONE_ARGUMENT.keys(), ...SEVERAL_ARGUMENTS.keys()].sort().join(', ')

function call(node: Node, context: Context): Typed {
  const callee = node.fn as Node
  const name = callee.type === 'SymbolNode' ? (callee.name as string) : 'what is called here'
  const fold = SEVERAL_ARGUMENTS.get(name)
  const compute = ONE_ARGUMENT.get(name)
  if (!fold && !compute)
    throw new ExpressionError(`${name} is not a function; the functions are ${FUNCTIONS}`)
  const args = (node.args as MathNode[]).map((arg) => numberOf(typed(arg, context), name))
  if (fold && args.length >= 2) return { type: 'number', run: args.reduce(fold) }
  const [argument] = args
  if (compute && argument && args.length === 1)
    return { type: 'number', run: (s) => finite(compute(argument(s))) }
  throw new ExpressionError(`${name} takes ${fold ? 'two numbers or more' : 'one number'}`)
}

function numberOf({ type, run }: Typed, where: string): Run<number> {
  if (type !== 'number') throw new ExpressionError(`${where} needs a number, not a ${type} value`)
  return run as Run<number>
}

function booleanOf({ type, run }: Typed, where: string): Run<boolean> {
  if (type !== 'boolean') throw new ExpressionError(`${where} needs a condition, not a ${type} value`)
  return run as Run<boolean>
}

/** With the sign of the divisor, as mathjs and Python have it. */
function modulo(a: number, b: number): number {
  return finite(a - b * Math.floor(a / b))
}

function finite(x: number): number {
  if (x - x !== 0) throw NOT_FINITE
  return x
}
