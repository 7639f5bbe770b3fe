/** Reads an optimizer's options: every error names the option and what would be right. */
import { OptionsError } from './contract.js'

/** The options given, once it is an object that holds nothing but `known` names. */
export function optionsObject(json: unknown, known: readonly string[]): Record<string, unknown> {
  if (json === undefined) return {}
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    throw new OptionsError('', 'options are an object')
  }
  for (const name of Object.keys(json)) {
    if (!known.includes(name)) {
      throw new OptionsError(
        name,
        known.length === 0
          ? `unknown option; there are none here`
          : `unknown option; the options are ${known.join(', ')}`,
      )
    }
  }
  return json as Record<string, unknown>
}
