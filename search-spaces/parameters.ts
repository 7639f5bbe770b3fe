/** Compiles the spec of a parameter: its values, and their mapping to the unit interval. */
import { linearScale, logScale } from './continuous.js'
import {
  type Cells,
  equalCells,
  type Levels,
  listedLevels,
  logCells,
  powersOfTwo,
  steppedLevels,
} from './levels.js'
import type { ParameterSpec } from './schema.js'
import { showValue } from './show.js'
import type { Condition, Parameter, Value } from './types.js'

/** The spec must have no faults. The space assigns the coordinate later. */
export function compileParameter(name: string, spec: ParameterSpec): Parameter {
  const when = conditionsOf(spec)
  if (spec.type === 'fixed') return fixedParameter(name, spec.value, when)
  const shared = {
    name,
    kind: spec.type,
    when,
    coordinate: -1,
    domain: describeDomain(spec),
    log: isLog(spec),
  }
  if (spec.type === 'float' && spec.step === undefined) return continuousParameter(shared, spec)
  const levels = levelsOf(spec)
  return discreteParameter(shared, levels, cellsOf(spec, levels.count), spec.default)
}

type Shared = Pick<Parameter, 'name' | 'kind' | 'when' | 'coordinate' | 'domain' | 'log'>

function continuousParameter(shared: Shared, spec: Extract<ParameterSpec, { type: 'float' }>): Parameter {
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

function discreteParameter(
  shared: Shared,
  levels: Levels,
  cells: Cells,
  given: Value | undefined,
): Parameter {
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
      if (index < 0)
        throw new RangeError(`${shared.name}: expected ${shared.domain}, got ${showValue(value)}`)
      return cells.centre(index)
    },
    fromUnit: (unit) => levels.level(cells.at(unit)),
    level: levels.level,
    indexOf: levels.indexOf,
    cell: cells.cell,
  }
}

/** The given default as an exact level where it is one. read.ts checks whether it is. */
function startingValue(levels: Levels, given: Value | undefined): Value | undefined {
  const index = given === undefined ? -1 : levels.indexOf(given)
  return index < 0 ? given : levels.level(index)
}

function fixedParameter(name: string, value: Value, when: readonly Condition[]): Parameter {
  const only = listedLevels([value], false)
  const shared = {
    name,
    kind: 'fixed' as const,
    when,
    coordinate: -1,
    domain: `${showValue(value)}, fixed`,
    log: false,
  }
  return { ...discreteParameter(shared, only, equalCells(1), value), numeric: false }
}

function levelsOf(spec: Exclude<ParameterSpec, { type: 'fixed' }>): Levels {
  if (spec.type === 'bool') return listedLevels([false, true], false)
  if (spec.type === 'ordinal') return listedLevels(spec.choices, true)
  if (spec.type === 'categorical') return listedLevels(spec.choices, false)
  if (spec.type === 'int' && spec.powerOfTwo) return powersOfTwo(spec.low, spec.high)
  return steppedLevels(spec.low, spec.high, spec.step ?? 1)
}

function cellsOf(spec: ParameterSpec, count: number): Cells {
  const logInteger = spec.type === 'int' && spec.log && !spec.powerOfTwo
  return logInteger ? logCells(spec.low, spec.high) : equalCells(count)
}

function isLog(spec: ParameterSpec): boolean {
  if (spec.type === 'float') return spec.log === true
  return spec.type === 'int' && (spec.log === true || spec.powerOfTwo === true)
}

function conditionsOf(spec: ParameterSpec): Condition[] {
  return Object.entries(spec.when ?? {})
    .map(([parent, values]) => ({ parent, values: Array.isArray(values) ? values : [values] }))
    .sort((a, b) => (a.parent < b.parent ? -1 : 1))
}

function describeDomain(spec: Exclude<ParameterSpec, { type: 'fixed' }>): string {
  if (spec.type === 'bool') return 'true or false'
  if (spec.type === 'ordinal' || spec.type === 'categorical')
    return `one of ${spec.choices.map(showValue).join(', ')}`
  const range = `from ${spec.low} to ${spec.high}`
  if (spec.type === 'int' && spec.powerOfTwo) return `a power of two ${range}`
  const number = spec.type === 'int' ? 'an integer' : 'a number'
  return spec.step === undefined || (spec.type === 'int' && spec.step === 1)
    ? `${number} ${range}`
    : `${number} ${range} in steps of ${spec.step}`
}
