/**
 * Scans text that is JSON, or nearly, in one pass: each character is read a bounded number of times. A regular
 * expression for strings backtracks at a string without an end, and takes quadratic time.
 */

/** The part of a string that the scanners use, so that a test can count how often a character is read. */
export type Characters = Pick<string, 'length' | 'charCodeAt' | 'slice'>

/** An object may have so many members: metrics of 64 KiB have fewer, and each costs the reader of the body. */
export const MOST_MEMBERS = 10_000

const code = (character: string) => character.charCodeAt(0)
export const QUOTE = code('"')
const BACKSLASH = code('\\')
const SMALL_U = code('u')

/**
 * Where the string that begins at `from` ends: after its closing quote, or at `length` where it has none. `hasCodes`: characters
 * of it are written as \u and four digits.
 */
export function stringEnd(
  text: Characters,
  from: number,
  quote = QUOTE,
): { end: number; closed: boolean; hasCodes: boolean } {
  let hasCodes = false
  for (let i = from + 1; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === BACKSLASH) {
      i++
      if (i < text.length && text.charCodeAt(i) === SMALL_U) hasCodes = true
    } else if (c === quote) return { end: i + 1, closed: true, hasCodes }
  }
  return { end: text.length, closed: false, hasCodes }
}

/** Where the word (letters, digits, "_") that begins at `from` ends. */
export function wordEnd(text: Characters, from: number): number {
  let end = from
  while (end < text.length && isWordCharacter(text.charCodeAt(end))) end++
  return end
}

export function isWordCharacter(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95
}

/** The first place from `from` on that is not white space. */
export function skipSpace(text: Characters, from: number): number {
  let at = from
  while (at < text.length && isSpace(text.charCodeAt(at))) at++
  return at
}

function isSpace(c: number): boolean {
  return c === 32 || (c >= 9 && c <= 13) || c === 0xa0 || c === 0xfeff || c === 0x2028 || c === 0x2029
}
