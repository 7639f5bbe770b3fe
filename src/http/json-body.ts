/** Reads a JSON body; the NaN and Infinity that Python's json writes are taken as what they mean. */
import type { FastifyInstance } from 'fastify'
import {
  type Characters,
  isWordCharacter,
  MOST_MEMBERS,
  QUOTE,
  skipSpace,
  stringEnd,
  wordEnd,
} from '../domain/json-text.js'
import { isStorable } from '../domain/storable-text.js'
import { Fault } from '../faults.js'
import type { Limits } from '../limits.js'

export function registerJsonParser(app: FastifyInstance, limits: Limits): void {
  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseJson(body as string, limits))
    } catch (error) {
      done(error as Error)
    }
  })
}

export function parseJson(text: string, { jsonDepth }: Pick<Limits, 'jsonDepth'>): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(checkedJson(text, jsonDepth, isStorable(text)))
  } catch (error) {
    throw new Fault('invalid_json', `The body is not JSON: ${(error as Error).message}`)
  }
}

/** Not JSON, but what Python's json writes. */
const CONSTANTS = new Set(['NaN', 'Infinity', '-Infinity'])
const code = (character: string) => character.charCodeAt(0)
const [MINUS, COLON] = [code('-'), code(':')]
/** The fewest digits of a number that is too large without an exponent. */
const DIGITS_OF_INFINITY = 309

/**
 * In one pass over the text, puts quotes around NaN, the infinities, and numbers that are too large to be finite. On the way it
 * refuses what JSON.parse would take without a word: a member that is there twice, of which only the last would be left, and
 * what a prototype or a text column could choke on. A reviver of JSON.parse would call a function for every value.
 */
export function checkedJson(text: Characters, mostDepth: number, isAllStorable = true): string {
  const parts: string[] = []
  const names = new OpenNames(mostDepth)
  let copied = 0
  const quote = (from: number, to: number, word: string) => {
    parts.push(text.slice(copied, from), '"', word, '"')
    copied = to
  }
  for (let i = 0; i < text.length; ) {
    const c = text.charCodeAt(i)
    if (c === QUOTE) {
      const { end, hasCodes } = stringEnd(text, i)
      const next = skipSpace(text, end)
      const isName = next < text.length && text.charCodeAt(next) === COLON
      if (isName) names.add(text.slice(i, end))
      if (hasCodes || !isAllStorable) refuseUnstorable(text.slice(i, end), isName ? null : names.latest)
      i = next
    } else if (isDigit(c) || (c === MINUS && i + 1 < text.length && isDigit(text.charCodeAt(i + 1)))) {
      const { end, hasExponent } = numberEnd(text, i)
      if (hasExponent || end - i >= DIGITS_OF_INFINITY) {
        const value = Number(text.slice(i, end))
        if (Math.abs(value) === Number.POSITIVE_INFINITY) quote(i, end, String(value))
      }
      i = end
    } else if (c === MINUS || isWordCharacter(c)) {
      const end = wordEnd(text, c === MINUS ? i + 1 : i)
      if (end - i <= '-Infinity'.length && CONSTANTS.has(text.slice(i, end)))
        quote(i, end, text.slice(i, end))
      i = end
    } else {
      names.bracket(c)
      i++
    }
  }
  return parts.join('') + text.slice(copied, text.length)
}

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57
}

/** Where the number, or what looks like one, ends: digits, letters, signs and points. */
function numberEnd(text: Characters, from: number): { end: number; hasExponent: boolean } {
  let hasExponent = false
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === E || c === SMALL_E) hasExponent = true
    if (i > from && !isWordCharacter(c) && c !== MINUS && c !== PLUS && c !== POINT)
      return { end: i, hasExponent }
  }
  return { end: text.length, hasExponent }
}

const [E, SMALL_E, PLUS, POINT] = [code('E'), code('e'), code('+'), code('.')]

/** `name`: of the member that the text belongs to; null where the text is a name itself. */
function refuseUnstorable(quoted: string, name: string | null): void {
  if (isStorable(unquoted(quoted))) return
  if (name === null) throw new SyntaxError('a member has a character in its name that cannot be stored')
  throw new SyntaxError(
    `${name === '' ? 'the text' : shorten(unquoted(name))} has a character that cannot be stored (U+0000, or half a surrogate pair)`,
  )
}

/** What JSON.parse will refuse anyway stays as it is. */
function unquoted(text: string): string {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The names of the members of each object that is open, the innermost last. */
class OpenNames {
  private readonly open: (Set<string> | null)[] = []
  /** The name that was read last, in its quotes. */
  latest = ''

  constructor(private readonly mostDepth: number) {}

  bracket(c: number): void {
    if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      if (this.open.push(null) > this.mostDepth)
        throw new SyntaxError(`it is nested more than ${this.mostDepth} deep`)
    } else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) this.open.pop()
  }

  add(name: string): void {
    if (name.includes('__proto__') || name.includes('\\'))
      if (unquoted(name) === '__proto__') throw new SyntaxError('a member may not be called __proto__')
    this.latest = name
    const last = this.open.length - 1
    if (last < 0) return
    const names = this.open[last] ?? new Set()
    this.open[last] = names
    if (names.has(name)) throw new SyntaxError(`the member ${shorten(name)} is there twice`)
    names.add(name)
    if (names.size > MOST_MEMBERS)
      throw new SyntaxError(`an object of it has more than ${MOST_MEMBERS} members`)
  }
}

const [OPEN_BRACE, CLOSE_BRACE] = [code('{'), code('}')]
const [OPEN_BRACKET, CLOSE_BRACKET] = [code('['), code(']')]

/** A name as an error quotes it. */
function shorten(name: string): string {
  return name.length <= 100 ? name : `${name.slice(0, 100)}…`
}
