/** A configuration to paste into a script or a command. */
import type { Params, Value } from './types.js'

/** As the constants at the top of a Python script. */
export function asConstants(params: Params): string {
  return Object.entries(params)
    .map(([name, value]) => `${name.replace(/[^A-Za-z0-9_]/g, '_').toUpperCase()} = ${python(value)}`)
    .join('\n')
}

export function asArguments(params: Params): string {
  return Object.entries(params)
    .map(
      ([name, value]) =>
        `--${name} ${typeof value === 'string' ? `'${value.replaceAll("'", `'\\''`)}'` : value}`,
    )
    .join(' ')
}

function python(value: Value): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
