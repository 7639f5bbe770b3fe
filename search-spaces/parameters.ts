/** From a parameter's spec to the parameter: first what can be wrong with it, then how it behaves. */
import { linearScale, logScale } from './continuous.js'
import { type Cells, equalCells, type Levels, listed, logCells, powersOfTwo, stepped } from './levels.js'
import type { ParameterSpec } from './schema.js'
import type { Condition, Fault, Parameter, Value } from './types.js'

type Numbers = Extract<ParameterSpec, { type: 'float' | 'int' }>
type Choices = Extract<ParameterSpec, { type: 'ordinal' | 'categorical' }>

/** Beyond it a logarithm no longer tells neighbouring integers apart. */
const LARGEST_INT = 1e12
const LARGEST_FLOAT = 1e300

/** What is wrong with a spec by itself, its default and conditions excepted; paths are relative to it. */
export function specFaults(spec: ParameterSpec): Fault[] {
  if (spec.type === 'float' || spec.type === 'int') return rangeFaults(spec)
  if (spec.type === 'ordinal' || spec.type === 'categorical') return choiceFaults(spec)
  return []
}

function rangeFaults(spec: Numbers): Fault[] {
  const faults: Fault[] = []
  const fault = (path: string, message: string) => faults.push({ path, message })
  const { low, high, log, step } = spec
  const powerOfTwo = spec.type === 'int' && spec.powerOfTwo === true
  const largest = spec.type === 'int' ? LARGEST_INT : LARGEST_FLOAT

  for (const [path, bound] of [
    ['low', low],
    ['high', high],
  ] as const)
    if (Math.abs(bound) > largest) fault(path, `${bound} is beyond ±${largest}; use another unit`)
  if (low > high) fault('low', `${low} is above high, ${high}; swap them`)
  if (low === high) fault('low', `low and high are both ${low}; use {"type": "fixed", "value": ${low}}`)
  if (faults.length > 0) return faults
  if (spec.type === 'float' && high - low < Math.max(1e-280, 1e-9 * Math.max(Math.abs(low), Math.abs(high))))
    fault('high', `${low} and ${high} are too close to search between; search the difference instead`)

  if ((log || powerOfTwo) && low <= 0)
    fault(
      'low',
      `${low} has no logarithm; a log range needs low > 0${spec.type === 'int' ? ', 1 at least' : ''}`,
    )
  if (step !== undefined && (log || powerOfTwo)) fault('step', 'a log range has no step; drop one of the two')
  else if (step !== undefined) faults.push(...stepFaults(low, high, step))
  if (powerOfTwo && log === false) fault('log', 'powers of two are on a log scale; drop log')
  if (powerOfTwo && low > 0) faults.push(...powerFaults(low, high))
  return faults
}

function stepFaults(low: number, high: number, step: number): Fault[] {
  const steps = (high - low) / step
  const whole = Math.round(steps)
  if (whole >= 1 && whole <= LARGEST_INT && Math.abs(steps - whole) <= 1e-9 * whole) return []
  const below = Number((low + Math.floor(steps) * step).toPrecision(12))
  const remedy =
    steps >= 1 ? `high could be ${below} or ${Number((below + step).toPrecision(12))}` : 'it is too large'
  return [{ path: 'step', message: `${step} does not lead from ${low} to ${high}; ${remedy}` }]
}

function powerFaults(low: number, high: number): Fault[] {
  const { count, level } = powersOfTwo(low, high)
  if (count >= 2) return []
  const inside = count === 1 ? `only ${level(0)} is; use {"type": "fixed", "value": ${level(0)}}` : 'none is'
  return [
    { path: 'powerOfTwo', message: `at least two powers of two must lie from ${low} to ${high}; ${inside}` },
  ]
}

function choiceFaults({ choices }: Choices): Fault[] {
  if (choices.length === 1)
    return [
      {
        path: 'choices',
        message: `one choice is no choice; use {"type": "fixed", "value": ${show(choices[0]!)}}`,
      },
    ]
  return choices.flatMap((choice, i) =>
    choices.indexOf(choice) < i
      ? [{ path: `choices.${i}`, message: `${show(choice)} is listed twice; list each choice once` }]
      : [],
  )
}

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

/** A value as a person would write it in JSON, cut short. */
export function show(value: unknown): string {
  const json = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return json.length > 80 ? `${json.slice(0, 77)}…` : json
}
