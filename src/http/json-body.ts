/** Reads a JSON body; the NaN and Infinity that Python's json writes are taken as what they mean. */
import type { FastifyInstance } from 'fastify'
import { isStorable } from '../domain/storable-text.js'
import { Fault } from '../faults.js'

export function registerJsonParser(app: FastifyInstance): void {
  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseJson(body as string))
    } catch (error) {
      done(error as Error)
    }
  })
}

/** Strings are matched first, so a word inside one is left alone. */
const STRING_OR_CONSTANT = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g

export function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return guardNames(text)
  } catch (error) {
    if (/NaN|Infinity/.test(text)) {
      try {
        return guardNames(
          text.replace(STRING_OR_CONSTANT, (found) => (found.startsWith('"') ? found : `"${found}"`)),
        )
      } catch {}
    }
    throw new Fault('invalid_json', `The body is not JSON: ${(error as Error).message}`)
  }
}

/** Refuses names that would change a prototype and texts that the database cannot store; an overlarge number becomes its name. */
function guardNames(text: string): unknown {
  refuseDoubled(text)
  return JSON.parse(text, (key, value) => {
    if (key === '__proto__') throw new SyntaxError('a member may not be called __proto__')
    if (!isStorable(key)) throw new SyntaxError('a member has a character in its name that cannot be stored')
    if (typeof value === 'string' && !isStorable(value)) {
      throw new SyntaxError(
        `${key || 'the text'} has a character that cannot be stored (U+0000, or half a surrogate pair)`,
      )
    }
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
  })
}

/** A member's name, or where an object or a list begins or ends. */
const NAME_OR_BRACE = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g

/** JSON.parse keeps the last of two members of one name, so a parameter would be lost silently. */
function refuseDoubled(text: string): void {
  const open: Set<string>[] = []
  for (const [token, name, colon] of text.matchAll(NAME_OR_BRACE)) {
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') open.pop()
    else if (colon !== undefined) {
      const names = open.at(-1)
      if (names?.has(name!)) throw new SyntaxError(`the member ${name} is there twice`)
      names?.add(name!)
    }
  }
}
