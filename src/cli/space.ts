/**
 * `chiron space extract`: drafts a search space with guessed ranges from the hyperparameters of a Python script (ALL_CAPS
 * constants, arguments of argparse, fields of dataclasses, and what a TrainingArguments is given), or of a YAML file.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { ParameterSpec, SpaceSpec } from '../../search-spaces/index.js'
import { readSpace } from '../../search-spaces/index.js'
import { Fault } from '../faults.js'
import { fromRoot } from '../root.js'
import { readConfigFile } from './config-file.js'
import type { FoundHyperparameters, Hyperparameter } from './hyperparameters.js'

export async function printSpace(script: string): Promise<void> {
  for (const { name, line, reason } of (await hyperparametersOf(script)).left)
    console.error(`${script}:${line}: ${name} is left out: ${reason}`)
  console.log(JSON.stringify(await extractSpace(script), null, 2))
}

export async function extractSpace(script: string): Promise<SpaceSpec> {
  const { found: constants } = await hyperparametersOf(script)
  if (constants.length === 0)
    throw new Fault(
      'invalid_request',
      `${script} has no hyperparameters to search: define them as ALL_CAPS = literal at its top level, by argparse with defaults, or in a dataclass; in YAML as numbers and truth values`,
    )
  const space: SpaceSpec = {
    description: `Guessed from ${script}. Edit it: ranges, scales and choices are guessed from one value each. Remove the parameters that you do not want to search.`,
    parameters: Object.fromEntries(constants.map((constant) => [constant.name, guessParameter(constant)])),
  }
  readSpace(space)
  return space
}

async function hyperparametersOf(script: string): Promise<FoundHyperparameters> {
  if (/\.ya?ml$/i.test(script)) return readConfigFile(script, await textOf(script))
  const words = [fromRoot('src/cli/hyperparameters.py'), script]
  const { stdout } = await promisify(execFile)('python3', words).catch((error) => {
    const why =
      error.code === 'ENOENT'
        ? 'python3 was not found: install it'
        : String(error.stderr).trim().split('\n').at(-1)
    throw new Fault('invalid_request', `${script} cannot be read: ${why}`)
  })
  return JSON.parse(stdout)
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: Error) => {
    throw new Fault('invalid_request', `${file} cannot be read: ${error.message}`)
  })
}

/** What says where and how a script runs is no matter of search. */
const RUN = /(^|[._])(SEED|DEVICE|PATH|DIR|FOLDER|FILE|URL|HOST|PORT|WORKERS|VERBOSE|DEBUG|NAME|RANK)$/i
const SIZE = /(^|[._])(SIZE|DIM|BATCH|WIDTH|HIDDEN|CHANNELS|UNITS)(_|$)/i
const RATE = /(^|[._])(LR|RATE|DECAY|EPS|EPSILON|ALPHA|LAMBDA|STD|SIGMA|TEMPERATURE|REG)(_|$)/i
const SHARE = /(^|[._])(RATIO|FRAC|FRACTION|DROPOUT|PROB|P|BETA1|BETA2|MOMENTUM|SHARE)(_|$)/i

function guessParameter({ name, type, value, choices }: Hyperparameter): ParameterSpec {
  if (RUN.test(name)) return { type: 'fixed', value, description: 'How the script runs: it stays as it is.' }
  if (choices !== undefined)
    return { type: 'categorical', choices, default: value, description: 'The choices of the script.' }
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
