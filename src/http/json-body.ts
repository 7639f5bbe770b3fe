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
    return JSON.parse(quoteConstants(text, jsonDepth), guardMember)
  } catch (error) {
    throw new Fault('invalid_json', `The body is not JSON: ${(error as Error).message}`)
  }
}

/** Nothing passes that a prototype, a text column or a number could choke on. */
function guardMember(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('a member may not be called __proto__')
  if (!isStorable(key)) throw new SyntaxError('a member has a character in its name that cannot be stored')
  if (typeof value === 'string' && !isStorable(value)) {
    throw new SyntaxError(
      `${shorten(key) || 'the text'} has a character that cannot be stored (U+0000, or half a surrogate pair)`,
    )
  }
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

/** Not JSON, but what Python's json writes. */
const CONSTANTS = new Set(['NaN', 'Infinity', '-Infinity'])
const [MINUS, COLON] = ['-'.charCodeAt(0), ':'.charCodeAt(0)]

/**
 * Puts quotes around NaN and the infinities, in one pass over the text. On the way it refuses what JSON.parse would take
 * without a word: a member that is there twice, of which only the last would be left.
 */
export function quoteConstants(text: Characters, mostDepth: number): string {
  const parts: string[] = []
  const names = new OpenNames(mostDepth)
  let copied = 0
  for (let i = 0; i < text.length; ) {
    const c = text.charCodeAt(i)
    if (c === QUOTE) {
      const { end } = stringEnd(text, i)
      const next = skipSpace(text, end)
      if (next < text.length && text.charCodeAt(next) === COLON) names.add(text.slice(i, end))
      i = next
    } else if (c === MINUS || isWordCharacter(c)) {
      const end = wordEnd(text, c === MINUS ? i + 1 : i)
      if (end - i <= '-Infinity'.length && CONSTANTS.has(text.slice(i, end))) {
        parts.push(text.slice(copied, i), '"', text.slice(i, end), '"')
        copied = end
      }
      i = end
    } else {
      names.bracket(c)
      i++
    }
  }
  return parts.join('') + text.slice(copied, text.length)
}

/** The names of the members of each object that is open, the innermost last. */
class OpenNames {
  private readonly open: Set<string>[] = []

  constructor(private readonly mostDepth: number) {}

  bracket(c: number): void {
    const character = String.fromCharCode(c)
    if (character === '{' || character === '[') {
      if (this.open.push(new Set()) > this.mostDepth)
        throw new SyntaxError(`it is nested more than ${this.mostDepth} deep`)
    } else if (character === '}' || character === ']') this.open.pop()
  }

  add(name: string): void {
    const names = this.open.at(-1)
    if (names?.has(name)) throw new SyntaxError(`the member ${shorten(name)} is there twice`)
    names?.add(name)
    if (names !== undefined && names.size > MOST_MEMBERS)
      throw new SyntaxError(`an object of it has more than ${MOST_MEMBERS} members`)
  }
}

/** A name as an error quotes it. */
function shorten(name: string): string {
  return name.length <= 100 ? name : `${name.slice(0, 100)}…`
}
