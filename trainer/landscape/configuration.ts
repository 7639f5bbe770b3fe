/** Validates a configuration: exactly the 14 parameters, each within the space of the recorded trials. */
import { LandscapeError } from './errors.js'
import type { ParameterSpec, WeightsFile } from './weights.js'

export interface Configuration {
  readonly DEPTH: number
  readonly ASPECT_RATIO: number
  readonly HEAD_DIM: number
  readonly DEVICE_BATCH_SIZE: number
  readonly TOTAL_BATCH_SIZE: number
  readonly EMBEDDING_LR: number
  readonly UNEMBEDDING_LR: number
  readonly MATRIX_LR: number
  readonly SCALAR_LR: number
  readonly WEIGHT_DECAY: number
  readonly WARMUP_RATIO: number
  readonly WARMDOWN_RATIO: number
  readonly FINAL_LR_FRAC: number
  readonly WINDOW_PATTERN: string
}

export const sequence = 2048

/** Throws a LandscapeError that names the parameter and the expected value. */
export function readConfiguration(
  space: WeightsFile['space'],
  params: Readonly<Record<string, unknown>>,
): Configuration {
  for (const name in params) {
    if (!(name in space)) {
      throw new LandscapeError('unknown_parameter', name, `is not one of ${Object.keys(space).join(', ')}`)
    }
  }
  for (const name in space) {
    const fault = faultOf(space[name as keyof typeof space], params[name])
    if (fault) throw new LandscapeError(fault.code, name, fault.message)
  }
  return params as unknown as Configuration
}

/** Micro-batches per optimizer step. It is not an integer where the trainer's assertion would fail. */
export function accumulation(c: Configuration): number {
  return c.TOTAL_BATCH_SIZE / (c.DEVICE_BATCH_SIZE * sequence)
}

type Fault = { code: 'missing_parameter' | 'invalid_parameter'; message: string } | undefined

function faultOf(parameter: ParameterSpec, value: unknown): Fault {
  if (value === undefined) return { code: 'missing_parameter', message: `is missing: ${expected(parameter)}` }
  if (!fits(parameter, value)) {
    return { code: 'invalid_parameter', message: `is ${shown(value)}: ${expected(parameter)}` }
  }
  return undefined
}

function fits(parameter: ParameterSpec, value: unknown): boolean {
  if (parameter.kind === 'choice') return typeof value === 'string' && parameter.choices.includes(value)
  if (typeof value !== 'number' || !(value >= parameter.low && value <= parameter.high)) return false
  if (parameter.kind === 'int') return Number.isInteger(value)
  return parameter.kind === 'float' || Number.isInteger(Math.log2(value))
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value)
}

function expected(parameter: ParameterSpec): string {
  if (parameter.kind === 'choice') return `expected one of ${parameter.choices.join(', ')}`
  const kind = { int: 'an integer', float: 'a number', 'power-of-two': 'a power of two' }[parameter.kind]
  return `expected ${kind} from ${parameter.low} to ${parameter.high}`
}
