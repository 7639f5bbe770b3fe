/** Configurations as strangers give them: how repair.ts and check.ts read them alike. */
import type { Parameter, Value } from './types.js'

export function isRecord(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

/** A stepped value as the space has it (0.1 + 0.2 is its 0.3); any other as it is. */
export function canonical(parameter: Parameter, value: Value): Value {
  return parameter.levels === Infinity ? value : parameter.level(parameter.indexOf(value))
}

/** As a repair lists it: null where it is no value at all. */
export function fieldValue(value: unknown): Value | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  return typeof value === 'string' || typeof value === 'boolean' ? value : null
}
