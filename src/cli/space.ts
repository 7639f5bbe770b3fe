/**
 * `chiron space extract`: drafts a search space from the ALL_CAPS constants of a Python script, with guessed ranges.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { ParameterSpec, SpaceSpec } from '../../search-spaces/index.js'
import { readSpace } from '../../search-spaces/index.js'
import { Fault } from '../faults.js'
import { fromRoot } from '../root.js'

interface Constant {
  readonly name: string
  readonly type: 'int' | 'float' | 'str' | 'bool'
  readonly value: number | string | boolean
}

export async function printSpace(script: string): Promise<void> {
  console.log(JSON.stringify(await extractSpace(script), null, 2))
}

export async function extractSpace(script: string): Promise<SpaceSpec> {
  const constants = await constantsOf(script)
  if (constants.length === 0)
    throw new Fault(
      'invalid_request',
      `${script} has no constants to search: define them as ALL_CAPS = literal at its top level`,
    )
  const space: SpaceSpec = {
    description: `Guessed from ${script}. Edit it: ranges, scales and choices are guessed from one value each. Remove the parameters that you do not want to search.`,
    parameters: Object.fromEntries(constants.map((constant) => [constant.name, guessParameter(constant)])),
  }
  readSpace(space)
  return space
}

async function constantsOf(script: string): Promise<Constant[]> {
  const words = [fromRoot('trainer/constants.py'), 'list', script]
  const { stdout } = await promisify(execFile)('python3', words).catch((error) => {
    const why =
      error.code === 'ENOENT'
        ? 'python3 was not found: install it'
        : String(error.stderr).trim().split('\n').at(-1)
    throw new Fault('invalid_request', `${script} cannot be read: ${why}`)
  })
  return JSON.parse(stdout)
}

const SIZE = /(^|_)(SIZE|DIM|BATCH|WIDTH|HIDDEN|CHANNELS|UNITS)(_|$)/
const RATE = /(^|_)(LR|RATE|DECAY|EPS|EPSILON|ALPHA|LAMBDA|STD|SIGMA|TEMPERATURE|REG)(_|$)/
const SHARE = /(^|_)(RATIO|FRAC|FRACTION|DROPOUT|PROB|P|BETA1|BETA2|MOMENTUM|SHARE)(_|$)/

function guessParameter({ name, type, value }: Constant): ParameterSpec {
  const description = `GUESSED from ${JSON.stringify(value)}: edit.`
  if (typeof value === 'boolean') return { type: 'bool', default: value, description }
  if (typeof value === 'string')
    return {
      type: 'fixed',
      value,
      description: `${description} To search it, make it a categorical with choices.`,
    }
  return type === 'int' ? guessInteger(name, value, description) : guessFloat(name, value, description)
}

function guessInteger(name: string, value: number, description: string): ParameterSpec {
  if (value <= 0) return { type: 'fixed', value, description }
  if (SIZE.test(name) && value >= 4 && Number.isInteger(Math.log2(value)))
    return { type: 'int', low: value / 4, high: value * 4, powerOfTwo: true, default: value, description }
  const [low, high] = [Math.max(1, Math.floor(value / 2)), value * 2]
  return { type: 'int', low, high, ...(value >= 50 ? { log: true } : {}), default: value, description }
}

function guessFloat(name: string, value: number, description: string): ParameterSpec {
  if (SHARE.test(name) && value >= 0 && value < 1)
    return { type: 'float', low: 0, high: value < 0.5 ? 0.5 : 0.999, default: value, description }
  if (value === 0) return { type: 'float', low: 0, high: 1, default: 0, description }
  if (value < 0) return { type: 'float', low: value * 2, high: 0, default: value, description }
  const wide = RATE.test(name) || value < 0.1 ? 10 : 3
  return {
    type: 'float',
    low: roundToThreeDigits(value / wide),
    high: roundToThreeDigits(value * wide),
    log: true,
    default: value,
    description,
  }
}

/** Rounds 0.00039999…, which is 0.004 / 10, to 0.0004. */
function roundToThreeDigits(value: number): number {
  return Number(value.toPrecision(3))
}
