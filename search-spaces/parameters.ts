/** From a parameter's spec to the parameter: its place on the unit interval, and the values it takes. */
import { linearScale, logScale } from './continuous.js'
import { type Cells, equalCells, type Levels, listed, logCells, powersOfTwo, stepped } from './levels.js'
import type { ParameterSpec } from './schema.js'
import { show } from './show.js'
import type { Condition, Parameter, Value } from './types.js'

/** From a spec without faults; its coordinate is for the space to give. */
export function parameter(name: string, spec: ParameterSpec): Parameter {
  const when = conditions(spec)
  if (spec.type === 'fixed') return fixed(name, spec.value, when)
  const shared = { name, kind: spec.type, when, coordinate: -1, domain: domain(spec), log: isLog(spec) }
  if (spec.type === 'float' && spec.step === undefined) return continuous(shared, spec)
  const levels = levelsOf(spec)
  return discrete(shared, levels, cellsOf(spec, levels.count), spec.default)
}

type Shared = Pick<Parameter, 'name' | 'kind' | 'when' | 'coordinate' | 'domain' | 'log'>

function continuous(shared: Shared, spec: Extract<ParameterSpec, { type: 'float' }>): Parameter {
  const { low, high } = spec
  const scale = spec.log ? logScale(low, high) : linearScale(low, high)
  const noLevels = (): never => {
    throw new RangeError(`${shared.name} is continuous: it has no levels`)
  }
  return {
    ...shared,
    numeric: true,
    levels: Infinity,
    default: spec.default ?? scale.fromUnit(0.5),
    accepts: (value) => typeof value === 'number' && value >= low && value <= high,
    nearest: (value) => (value < low ? low : value > high ? high : value),
    toUnit: (value) => scale.toUnit(value as number),
    fromUnit: (unit) => scale.fromUnit(unit),
    level: noLevels,
    indexOf: noLevels,
    cell: noLevels,
  }
}

function discrete(shared: Shared, levels: Levels, cells: Cells, given: Value | undefined): Parameter {
  const numeric = shared.kind !== 'categorical' && shared.kind !== 'bool'
  return {
    ...shared,
    numeric,
    levels: levels.count,
    default: startingValue(levels, given) ?? levels.level(numeric ? cells.at(0.5) : 0),
    accepts: (value) => levels.indexOf(value) >= 0,
    nearest: (value) => {
      const index = levels.nearest(value)
      return index < 0 ? undefined : levels.level(index)
    },
    toUnit: (value) => {
      const index = levels.indexOf(value)
      if (index < 0) throw new RangeError(`${shared.name}: expected ${shared.domain}, got ${show(value)}`)
      return cells.centre(index)
    },
    fromUnit: (unit) => levels.level(cells.at(unit)),
    level: levels.level,
    indexOf: levels.indexOf,
    cell: cells.cell,
  }
}

/** As the levels have it, where it is one of them: whether it is, the reader checks. */
function startingValue(levels: Levels, given: Value | undefined): Value | undefined {
  const index = given === undefined ? -1 : levels.indexOf(given)
  return index < 0 ? given : levels.level(index)
}

function fixed(name: string, value: Value, when: readonly Condition[]): Parameter {
  const only = listed([value], false)
  const shared = {
    name,
    kind: 'fixed' as const,
    when,
    coordinate: -1,
    domain: `${show(value)}, fixed`,
    log: false,
  }
  return { ...discrete(shared, only, equalCells(1), value), numeric: false }
}

function levelsOf(spec: Exclude<ParameterSpec, { type: 'fixed' }>): Levels {
  if (spec.type === 'bool') return listed([false, true], false)
  if (spec.type === 'ordinal') return listed(spec.choices, true)
  if (spec.type === 'categorical') return listed(spec.choices, false)
  if (spec.type === 'int' && spec.powerOfTwo) return powersOfTwo(spec.low, spec.high)
  return stepped(spec.low, spec.high, spec.step ?? 1)
}

function cellsOf(spec: ParameterSpec, count: number): Cells {
  const logInteger = spec.type === 'int' && spec.log && !spec.powerOfTwo
  return logInteger ? logCells(spec.low, spec.high) : equalCells(count)
}

function isLog(spec: ParameterSpec): boolean {
  if (spec.type === 'float') return spec.log === true
  return spec.type === 'int' && (spec.log === true || spec.powerOfTwo === true)
}

function conditions(spec: ParameterSpec): Condition[] {
  return Object.entries(spec.when ?? {})
    .map(([parent, values]) => ({ parent, values: Array.isArray(values) ? values : [values] }))
    .sort((a, b) => (a.parent < b.parent ? -1 : 1))
}

function domain(spec: Exclude<ParameterSpec, { type: 'fixed' }>): string {
  if (spec.type === 'bool') return 'true or false'
  if (spec.type === 'ordinal' || spec.type === 'categorical')
    return `one of ${spec.choices.map(show).join(', ')}`
  const range = `from ${spec.low} to ${spec.high}`
  if (spec.type === 'int' && spec.powerOfTwo) return `a power of two ${range}`
  const number = spec.type === 'int' ? 'an integer' : 'a number'
  return spec.step === undefined || (spec.type === 'int' && spec.step === 1)
    ? `${number} ${range}`
    : `${number} ${range} in steps of ${spec.step}`
}
