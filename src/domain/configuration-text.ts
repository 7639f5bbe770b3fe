/** A configuration as text to paste: JSON, constants of a Python script, or arguments of a command. */
import type { Params, Value } from '../../search-spaces/index.js'

export const CONFIGURATION_FORMS = ['json', 'constants', 'arguments'] as const
export type ConfigurationForm = (typeof CONFIGURATION_FORMS)[number]

export function configurationText(params: Params, form: ConfigurationForm): string {
  const entries = Object.entries(params)
  switch (form) {
    case 'json':
      return JSON.stringify(params, null, 2)
    case 'constants':
      return entries.map(([name, value]) => `${name} = ${pythonValue(value)}`).join('\n')
    case 'arguments':
      return entries.map(([name, value]) => `--${name}=${shellWord(String(value))}`).join(' ')
  }
}

/** JSON's texts and numbers are Python's too. */
function pythonValue(value: Value): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return JSON.stringify(value)
}

/** In single quotes where a shell would read it otherwise. */
function shellWord(text: string): string {
  return /^[\w.,:/@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
