/** Reads values of configurations from outside, for repair.ts and check.ts. */
import type { Parameter, Value } from './types.js'

export function isRecord(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

/** Replaces a stepped value by the exact level (0.1 + 0.2 becomes 0.3); other values are unchanged. */
export function canonicalValue(parameter: Parameter, value: Value): Value {
  return parameter.levels === Infinity ? value : parameter.level(parameter.indexOf(value))
}

/** The value as a repair records it: null if it is not a number, string or boolean. */
export function fieldValue(value: unknown): Value | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  return typeof value === 'string' || typeof value === 'boolean' ? value : null
}
