/** Formats a value for a message: as JSON, cut to about 80 characters, within the quotation marks. Lists and objects are only named. */
export function showValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing')
  if (text.length <= 80) return text
  return typeof value === 'string' ? JSON.stringify(`${value.slice(0, 77)}…`) : `${text.slice(0, 79)}…`
}
