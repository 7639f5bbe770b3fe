/** Compiles and evaluates the expressions of a space: derived quantities, constraints, the memory model. */
import type { Binding, Scope, Type } from './expression-compiler.js'
import { ExpressionError, namesIn } from './expression-parser.js'
import { compileExpression, type Expression, evaluateExpression } from './expressions.js'
import { topologicalOrder } from './order.js'
import type { ParameterSpec, SpaceSpec } from './schema.js'
import type { Fault, Formulas, Params, Space, Value } from './types.js'

/** The derived quantities that have a value. One that needs an inactive parameter has none. */
export function derive({ formulas }: Space, params: Params): Record<string, number> {
  const scope = scopeOf(formulas, params)
  const values: Record<string, number> = {}
  formulas.derived.forEach(({ name }, i) => {
    const value = scope[formulas.reads.length + i]
    if (typeof value === 'number' && Number.isFinite(value)) values[name] = value
  })
  return values
}

/** The first expression that this configuration violates; null if it may run. */
export function violated(space: Space, params: Params): string | null {
  for (const text of eachViolation(space, params)) return text
  return null
}

/** All violated expressions: quantities that are not finite, then constraints that are false. */
export function violations(space: Space, params: Params): string[] {
  return [...eachViolation(space, params)]
}

function* eachViolation({ formulas }: Space, params: Params): Generator<string> {
  const { reads, derived, constraints, memory } = formulas
  if (derived.length === 0 && constraints.length === 0 && memory === null) return
  const scope = scopeOf(formulas, params)
  for (let i = 0; i < derived.length; i++)
    if (Number.isNaN(scope[reads.length + i])) yield derived[i]!.expression.text
  if (memory !== null && Number.isNaN(evaluateExpression(memory.gb, scope))) yield memory.gb.text
  for (const { expression } of constraints) if (!constraintHolds(expression, scope)) yield expression.text
}

/** Null if the space has no memory model, or if the model needs a parameter that is not active. */
export function expectedMemory({ formulas }: Space, params: Params): { gb: number; limitGb: number } | null {
  if (formulas.memory === null) return null
  const gb = evaluateExpression(formulas.memory.gb, scopeOf(formulas, params))
  return typeof gb === 'number' && Number.isFinite(gb) ? { gb, limitGb: formulas.memory.limitGb } : null
}

/** A constraint applies only while the parameters that it needs are active. */
function constraintHolds(constraint: Expression, scope: Scope): boolean {
  const value = evaluateExpression(constraint, scope)
  return value === true || value === undefined
}

function scopeOf({ reads, derived }: Formulas, params: Params): Scope {
  const scope: (Value | undefined)[] = []
  for (const name of reads) scope.push(params[name])
  for (const { expression } of derived) scope.push(evaluateExpression(expression, scope))
  return scope
}

// ── reading ──

export function readFormulas(spec: SpaceSpec): { formulas: Formulas; faults: readonly Fault[] } {
  const reads = parametersRead(spec)
  const reading: Reading = {
    names: new Map(reads.map((name, slot) => [name, { slot, type: typeOf(spec.parameters[name]!) }])),
    inBackticks: [...Object.keys(spec.parameters), ...Object.keys(spec.derived ?? {})].filter((name) =>
      TAKEN_FOR_ARITHMETIC.test(name),
    ),
    faults: [],
  }
  const derived = readDerived(spec.derived ?? {}, reading)
  const constraints = constraintsOf(spec).flatMap(({ expression: text, adjust }, i) => {
    const expression = compileOfType(reading, `constraints.${i}`, text, 'boolean')
    return expression ? [{ expression, adjust }] : []
  })
  const gb = spec.memory && compileOfType(reading, 'memory.gb', spec.memory.gb, 'number')
  const memory = spec.memory && gb ? { gb, limitGb: spec.memory.limitGb } : null
  return { formulas: { reads, derived, constraints, memory }, faults: reading.faults }
}

const TAKEN_FOR_ARITHMETIC = /[-/:]|\.\d/

/** The names that an expression may use so far, and the faults found so far. */
interface Reading {
  readonly names: Map<string, Binding>
  /** The names that an expression must put into backticks, since it would take them for arithmetic. */
  readonly inBackticks: readonly string[]
  readonly faults: Fault[]
}

function readDerived(texts: Readonly<Record<string, string>>, reading: Reading): Formulas['derived'] {
  const result = topologicalOrder(Object.keys(texts), (name) => namesIn(texts[name]!))
  if ('cycle' in result) {
    const message = `defined by itself: ${result.cycle.join(' → ')}; break the cycle`
    reading.faults.push({ path: `derived.${result.cycle[0]}`, message })
  }
  return ('order' in result ? result.order : Object.keys(texts)).flatMap((name) => {
    const expression = 'order' in result && compileOfType(reading, `derived.${name}`, texts[name]!, 'number')
    reading.names.set(name, { slot: reading.names.size, type: 'number' })
    return expression ? [{ name, expression }] : []
  })
}

function compileOfType(
  { names, inBackticks, faults }: Reading,
  path: string,
  text: string,
  type: Type,
): Expression | undefined {
  try {
    const expression = compileExpression(text, names)
    if (expression.type === type) return expression
    faults.push({ path, message: `expected a ${type}, got a ${expression.type} value: ${text}` })
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    const bare = inBackticks.find((name) => text.includes(name) && !text.includes(`\`${name}\``))
    const remedy = bare === undefined ? '' : `; write \`${bare}\`, in backticks, if you mean this name`
    faults.push({ path, message: `${error.message}${remedy} (in ${text.slice(0, 100)})` })
  }
  return undefined
}

/** The constraints, each with the parameters that repair may move to satisfy it. */
export function constraintsOf({ constraints = [] }: SpaceSpec): { expression: string; adjust: string[] }[] {
  return constraints.map((constraint) =>
    typeof constraint === 'string'
      ? { expression: constraint, adjust: [] }
      : { expression: constraint.expression, adjust: [constraint.adjust ?? []].flat() },
  )
}

/** The parameters that expressions read, sorted, so that the same spec compiles to the same formulas. */
function parametersRead(spec: SpaceSpec): string[] {
  const texts = [
    ...Object.values(spec.derived ?? {}),
    ...constraintsOf(spec).map(({ expression }) => expression),
    ...(spec.memory ? [spec.memory.gb] : []),
  ]
  const named = new Set(texts.flatMap(namesIn))
  return Object.keys(spec.parameters)
    .filter((name) => named.has(name))
    .sort()
}

function typeOf(spec: ParameterSpec): Type {
  if (spec.type === 'float' || spec.type === 'int') return 'number'
  if (spec.type === 'bool') return 'boolean'
  if (spec.type === 'fixed') return typeof spec.value as Type
  const types = new Set(spec.choices.map((choice) => typeof choice))
  return types.size === 1 ? ([...types][0] as Type) : 'mixed'
}
