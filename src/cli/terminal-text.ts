/** Text of others (the reason of a study, the last lines of a trainer's log), made harmless for a terminal. */

/** Controls, and the marks that reverse the direction of what follows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\0-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** On one line: white space becomes a space, and any other control is shown as its code. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (c) =>
    /\s/.test(c) ? ' ' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The same value with every text in it made printable. */
export function printableParts<T>(value: T): T {
  if (typeof value === 'string') return printable(value) as T
  if (Array.isArray(value)) return value.map(printableParts) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [printable(key), printableParts(part)]),
  ) as T
}
