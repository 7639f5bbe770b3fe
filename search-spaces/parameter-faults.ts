/** Faults of a single parameter's spec. Its default and its conditions are checked after it is compiled. */
import { powersOfTwo } from './levels.js'
import type { ParameterSpec } from './schema.js'
import { showValue } from './show.js'
import type { Fault } from './types.js'

type Numbers = Extract<ParameterSpec, { type: 'float' | 'int' }>
type Choices = Extract<ParameterSpec, { type: 'ordinal' | 'categorical' }>

/** Beyond this, logarithms of neighbouring integers are no longer distinct. */
const LARGEST_INT = 1e12
const LARGEST_FLOAT = 1e300

/** The paths of the faults are relative to the parameter. */
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
        message: `one choice is no choice; use {"type": "fixed", "value": ${showValue(choices[0]!)}}`,
      },
    ]
  return choices.flatMap((choice, i) =>
    choices.indexOf(choice) < i
      ? [{ path: `choices.${i}`, message: `${showValue(choice)} is listed twice; list each choice once` }]
      : [],
  )
}
