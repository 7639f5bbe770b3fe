/** Compiles a parsed expression to closures over an array of values, and checks names and types on the way. */
import type { MathNode } from 'mathjs'
import { ExpressionError, MAX_DEPTH, type Node, nameOf } from './expression-parser.js'
import type { Value } from './schema.js'

export type Type = 'number' | 'string' | 'boolean' | 'mixed'

/** The values that expressions read, by slot; undefined where a parameter is not active. */
export type Scope = readonly (Value | undefined)[]

/** The type of a name, and the slot of its value. */
export interface Binding {
  readonly type: Type
  readonly slot: number
}

/** Thrown inside expressions and caught by evaluateExpression. Created once, because each stack trace would be slow. */
export const INACTIVE = new ExpressionError('a parameter is not active')
export const NOT_FINITE = new ExpressionError('not a finite number')

type Run<T> = (scope: Scope) => T

interface Typed {
  readonly type: Type
  readonly run: Run<Value>
}

export interface Compiled extends Typed {
  /** How many nodes its tree has. An evaluation visits each at most once, so this is what it costs at most. */
  readonly operations: number
}

interface Context {
  readonly names: ReadonlyMap<string, Binding>
  readonly depth: number
  /** Counts the nodes of the whole tree. */
  readonly count: { operations: number }
}

export function compileTree(tree: MathNode, names: ReadonlyMap<string, Binding>): Compiled {
  const count = { operations: 0 }
  const compiled = compileNode(tree, { names, depth: 0, count })
  return { ...compiled, operations: count.operations }
}

function compileNode(tree: MathNode, outer: Context): Typed {
  const node = tree as Node
  const context = { ...outer, depth: outer.depth + 1 }
  context.count.operations++
  if (context.depth > MAX_DEPTH) throw new ExpressionError(`nested too deeply; ${MAX_DEPTH} levels at most`)
  switch (node.type) {
    case 'ParenthesisNode':
      return compileNode(node.content as MathNode, context)
    case 'ConstantNode':
      return compileConstant(node.value)
    case 'SymbolNode':
    case 'AccessorNode':
      return compileVariable(node, context)
    case 'OperatorNode':
      return compileOperation(node, context)
    case 'RelationalNode':
      return compileChain(node, context)
    case 'ConditionalNode':
      return compileChoice(node, context)
    case 'FunctionNode':
      return compileCall(node, context)
    default:
      throw new ExpressionError(
        `${REFUSED.get(node.type) ?? node.type} are not allowed; only arithmetic and comparisons`,
      )
  }
}

const REFUSED = new Map([
  ['IndexNode', 'indices'],
  ['ArrayNode', 'lists'],
  ['ObjectNode', 'objects'],
  ['AssignmentNode', 'assignments'],
  ['FunctionAssignmentNode', 'function definitions'],
  ['BlockNode', 'several expressions in one'],
  ['RangeNode', 'ranges'],
])

function compileConstant(value: unknown): Typed {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new ExpressionError('a number in it is not finite')
  if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean')
    throw new ExpressionError(
      value === undefined ? 'a part of it is empty' : `${String(value)} is not a value`,
    )
  return { type: typeof value as Type, run: () => value }
}

function compileVariable(node: Node, { names }: Context): Typed {
  const name = nameOf(node)
  if (name === undefined)
    throw new ExpressionError('properties are not allowed; only arithmetic and comparisons')
  const binding = names.get(name)
  if (!binding) throw new ExpressionError(`${name} is neither a parameter nor a derived quantity`)
  const { slot, type } = binding
  const read: Run<Value> = (scope) => {
    const value = scope[slot]
    if (value === undefined) throw INACTIVE
    return value
  }
  return { type, run: type === 'number' ? (scope) => requireFinite(read(scope) as number) : read }
}

function compileOperation(node: Node, context: Context): Typed {
  const op = node.op as string
  if (node.implicit) throw new ExpressionError('write every * between two factors')
  if (node.isPercentage)
    throw new ExpressionError('a percentage is not allowed; for a remainder write a mod b')
  const operands = (node.args as MathNode[]).map((arg) => compileNode(arg, context))
  const [a, b] = operands as [Typed, Typed]
  if (operands.length === 1) return compileUnary(op, a)
  if (op === '==' || op === '!=') return compileEquality(op, a, b)
  if (op === 'and' || op === 'or') return compileLogic(op, booleanOf(a, op), booleanOf(b, op))
  const compare = COMPARISONS.get(op)
  if (compare) {
    const [left, right] = [numberOf(a, op), numberOf(b, op)]
    return { type: 'boolean', run: (s) => compare(left(s), right(s)) }
  }
  const compute = ARITHMETIC.get(op)
  if (compute) return { type: 'number', run: compute(numberOf(a, op), numberOf(b, op)) }
  throw new ExpressionError(
    `the operator ${op} is not allowed; allowed are + - * / % ^ == != < <= > >= and or not ? :`,
  )
}

function compileUnary(op: string, a: Typed): Typed {
  if (op === 'not') {
    const condition = booleanOf(a, op)
    return { type: 'boolean', run: (scope) => !condition(scope) }
  }
  const operand = numberOf(a, op)
  if (op === '-') return { type: 'number', run: (scope) => -operand(scope) }
  if (op === '+') return { type: 'number', run: operand }
  throw new ExpressionError(`the operator ${op} is not allowed`)
}

function compileLogic(op: 'and' | 'or', a: Run<boolean>, b: Run<boolean>): Typed {
  return { type: 'boolean', run: op === 'and' ? (s) => a(s) && b(s) : (s) => a(s) || b(s) }
}

/** Compares exactly; mathjs compares with a tolerance. */
function compileEquality(op: '==' | '!=', a: Typed, b: Typed): Typed {
  if (a.type !== b.type && a.type !== 'mixed' && b.type !== 'mixed')
    throw new ExpressionError(`${op} compares a ${a.type} with a ${b.type}`)
  const [left, right] = [a.run, b.run]
  return { type: 'boolean', run: op === '==' ? (s) => left(s) === right(s) : (s) => left(s) !== right(s) }
}

type Binary = (a: Run<number>, b: Run<number>) => Run<number>

const ARITHMETIC = new Map<string, Binary>([
  ['+', (a, b) => (s) => requireFinite(a(s) + b(s))],
  ['-', (a, b) => (s) => requireFinite(a(s) - b(s))],
  ['*', (a, b) => (s) => requireFinite(a(s) * b(s))],
  ['/', (a, b) => (s) => requireFinite(a(s) / b(s))],
  ['^', (a, b) => (s) => requireFinite(a(s) ** b(s))],
  ['%', (a, b) => (s) => finiteModulo(a(s), b(s))],
  ['mod', (a, b) => (s) => finiteModulo(a(s), b(s))],
])

const COMPARISONS = new Map<string, (a: number, b: number) => boolean>([
  ['<', (a, b) => a < b],
  ['<=', (a, b) => a <= b],
  ['>', (a, b) => a > b],
  ['>=', (a, b) => a >= b],
])

const RELATIONS = new Map([
  ['smaller', '<'],
  ['smallerEq', '<='],
  ['larger', '>'],
  ['largerEq', '>='],
])

/**
 * Chained comparisons, such as 1 <= a < b: every neighbouring pair must hold. An operand in the middle is evaluated once,
 * although it is in two pairs: twice would take 2^n steps where such chains are nested n deep.
 */
function compileChain(node: Node, context: Context): Typed {
  const [first, ...others] = (node.params as MathNode[]).map((param) =>
    numberOf(compileNode(param, context), 'a comparison'),
  )
  const links = (node.conditionals as string[]).map((name, i) => {
    const compare = COMPARISONS.get(RELATIONS.get(name) ?? '')
    if (!compare) throw new ExpressionError('only < <= > >= can be chained')
    return { compare, operand: others[i]! }
  })
  const run = (scope: Scope) => {
    let left = first!(scope)
    for (const { compare, operand } of links) {
      const right = operand(scope)
      if (!compare(left, right)) return false
      left = right
    }
    return true
  }
  return { type: 'boolean', run }
}

function compileChoice(node: Node, context: Context): Typed {
  const condition = booleanOf(compileNode(node.condition as MathNode, context), '?')
  const yes = compileNode(node.trueExpr as MathNode, context)
  const no = compileNode(node.falseExpr as MathNode, context)
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

const SEVERAL_ARGUMENTS = new Map<string, (a: number, b: number) => number>([
  ['max', Math.max],
  ['min', Math.min],
])

const FUNCTIONS = [...ONE_ARGUMENT.keys(), ...SEVERAL_ARGUMENTS.keys()].sort().join(', ')

function compileCall(node: Node, context: Context): Typed {
  const callee = node.fn as Node
  const name = callee.type === 'SymbolNode' ? (callee.name as string) : 'this expression'
  const fold = SEVERAL_ARGUMENTS.get(name)
  const compute = ONE_ARGUMENT.get(name)
  if (!fold && !compute)
    throw new ExpressionError(`${name} is not a function; the functions are ${FUNCTIONS}`)
  const args = (node.args as MathNode[]).map((arg) => numberOf(compileNode(arg, context), name))
  const [argument, ...others] = args
  if (fold && others.length > 0) {
    const run = (s: Scope) => {
      let folded = argument!(s)
      for (const other of others) folded = fold(folded, other(s))
      return folded
    }
    return { type: 'number', run }
  }
  if (compute && argument && others.length === 0)
    return { type: 'number', run: (s) => requireFinite(compute(argument(s))) }
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

/** The remainder with the sign of the divisor, as in mathjs and Python. */
function finiteModulo(a: number, b: number): number {
  return requireFinite(a - b * Math.floor(a / b))
}

function requireFinite(x: number): number {
  if (x - x !== 0) throw NOT_FINITE
  return x
}
