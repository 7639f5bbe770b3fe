/** The expressions of a space, compiled together: derived quantities, constraints, the memory model. */
import {
  type Binding,
  compile,
  type Expression,
  ExpressionError,
  evaluate,
  namesIn,
  type Scope,
  type Type,
} from './expressions.js'
import { ordered } from './order.js'
import type { ParameterSpec, SpaceSpec } from './schema.js'
import type { Fault, Formulas, Params, Space, Value } from './types.js'

/** Every derived quantity that has a value: one that needs an inactive parameter has none. */
export function derive({ formulas }: Space, params: Params): Record<string, number> {
  const scope = scopeOf(formulas, params)
  const values: Record<string, number> = {}
  formulas.derived.forEach(({ name }, i) => {
    const value = scope[formulas.reads.length + i]
    if (typeof value === 'number' && Number.isFinite(value)) values[name] = value
  })
  return values
}

/** The first expression that keeps this configuration from running; null where it may. */
export function violated(space: Space, params: Params): string | null {
  return violations(space, params)[0] ?? null
}

/** Quantities that are no finite number, then constraints that are not true. */
export function violations({ formulas }: Space, params: Params): string[] {
  const broken: string[] = []
  const { reads, derived, constraints, memory } = formulas
  if (derived.length === 0 && constraints.length === 0 && memory === null) return broken
  const scope = scopeOf(formulas, params)
  for (let i = 0; i < derived.length; i++)
    if (Number.isNaN(scope[reads.length + i])) broken.push(derived[i]!.expression.text)
  if (memory !== null && Number.isNaN(evaluate(memory.gb, scope))) broken.push(memory.gb.text)
  for (const { expression } of constraints) if (!holds(expression, scope)) broken.push(expression.text)
  return broken
}

/** Null where the space has no memory model, or where it needs a parameter that is not active. */
export function expectedMemory({ formulas }: Space, params: Params): { gb: number; limitGb: number } | null {
  if (formulas.memory === null) return null
  const gb = evaluate(formulas.memory.gb, scopeOf(formulas, params))
  return typeof gb === 'number' && Number.isFinite(gb) ? { gb, limitGb: formulas.memory.limitGb } : null
}

/** A constraint binds only while the parameters that it needs are active. */
function holds(constraint: Expression, scope: Scope): boolean {
  const value = evaluate(constraint, scope)
  return value === true || value === undefined
}

function scopeOf({ reads, derived }: Formulas, params: Params): Scope {
  const scope: (Value | undefined)[] = []
  for (const name of reads) scope.push(params[name])
  for (const { expression } of derived) scope.push(evaluate(expression, scope))
  return scope
}

// ── reading ──

export function readFormulas(spec: SpaceSpec): { formulas: Formulas; faults: readonly Fault[] } {
  const reads = parametersRead(spec)
  const reading: Reading = {
    names: new Map(reads.map((name, slot) => [name, { slot, type: typeOf(spec.parameters[name]!) }])),
    faults: [],
  }
  const derived = readDerived(spec.derived ?? {}, reading)
  const constraints = constraintsOf(spec).flatMap(({ expression: text, adjust }, i) => {
    const expression = compiled(reading, `constraints.${i}`, text, 'boolean')
    return expression ? [{ expression, adjust }] : []
  })
  const gb = spec.memory && compiled(reading, 'memory.gb', spec.memory.gb, 'number')
  const memory = spec.memory && gb ? { gb, limitGb: spec.memory.limitGb } : null
  return { formulas: { reads, derived, constraints, memory }, faults: reading.faults }
}

/** What an expression may speak of so far, and what was found to be wrong. */
interface Reading {
  readonly names: Map<string, Binding>
  readonly faults: Fault[]
}

function readDerived(texts: Readonly<Record<string, string>>, reading: Reading): Formulas['derived'] {
  const result = ordered(Object.keys(texts), (name) => namesIn(texts[name]!))
  if ('cycle' in result) {
    const message = `defined by itself: ${result.cycle.join(' → ')}; break the cycle`
    reading.faults.push({ path: `derived.${result.cycle[0]}`, message })
  }
  return ('order' in result ? result.order : Object.keys(texts)).flatMap((name) => {
    const expression = 'order' in result && compiled(reading, `derived.${name}`, texts[name]!, 'number')
    reading.names.set(name, { slot: reading.names.size, type: 'number' })
    return expression ? [{ name, expression }] : []
  })
}

function compiled(
  { names, faults }: Reading,
  path: string,
  text: string,
  type: Type,
): Expression | undefined {
  try {
    const expression = compile(text, names)
    if (expression.type === type) return expression
    faults.push({ path, message: `expected a ${type}, got a ${expression.type} value: ${text}` })
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    faults.push({ path, message: `${error.message} (in ${text.slice(0, 100)})` })
  }
  return undefined
}

/** Each with the parameters that may be moved to satisfy it. */
export function constraintsOf({ constraints = [] }: SpaceSpec): { expression: string; adjust: string[] }[] {
  return constraints.map((constraint) =>
    typeof constraint === 'string'
      ? { expression: constraint, adjust: [] }
      : { expression: constraint.expression, adjust: [constraint.adjust ?? []].flat() },
  )
}

/** In a fixed order, so that the same spec compiles to the same formulas. */
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
