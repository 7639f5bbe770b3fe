/** The scanners of JSON: the same results as a simple reference, and work that grows with the text's length alone. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { repairJson } from '../../src/advisors/llm/answer.js'
import type { Characters } from '../../src/domain/json-text.js'
import { checkedJson, parseJson } from '../../src/http/json-body.js'

/** A text that counts how many of its characters are read. */
class CountedText implements Characters {
  read = 0
  constructor(private readonly text: string) {}
  get length() {
    return this.text.length
  }
  charCodeAt(i: number) {
    this.read++
    return this.text.charCodeAt(i)
  }
  slice(from?: number, to?: number) {
    const part = this.text.slice(from, to)
    this.read += part.length
    return part
  }
}

/** What made regular expressions take quadratic time, or might. */
const HOSTILE: Readonly<Record<string, (n: number) => string>> = {
  'escaped quotes without an end': (n) => `{"name":"${'\\"'.repeat(n)}`,
  'escaped quotes beside a NaN': (n) => `{"name":NaN,"a":"${'\\"'.repeat(n)}`,
  'escaped apostrophes without an end': (n) => `{'a': '${"\\'".repeat(n)}`,
  apostrophes: (n) => `{${"'".repeat(n)}`,
  quotes: (n) => `{${'"'.repeat(n)}`,
  backslashes: (n) => `{"${'\\'.repeat(n)}`,
  blanks: (n) => `{"a"${' '.repeat(n)}`,
  'commas and blanks': (n) => `{${',    '.repeat(n / 5)}`,
  'one comma and blanks': (n) => `{,${' '.repeat(n)}`,
  'one long word': (n) => `{${'a'.repeat(n)}`,
  'many words': (n) => `{${'NaN '.repeat(n / 4)}`,
  minuses: (n) => '-'.repeat(n),
  slashes: (n) => '/'.repeat(n),
  'names without values': (n) => `{${'a:'.repeat(n / 2)}`,
}

const DEPTH = { jsonDepth: 100 }
const SCANNERS = {
  'a body': (text: Characters) => checkedJson(text, DEPTH.jsonDepth),
  'an answer': repairJson,
}

describe.each(Object.entries(SCANNERS))('scanning %s', (_, scan) => {
  it.each(Object.entries(HOSTILE))('reads each character a few times only: %s', (_, hostile) => {
    const text = new CountedText(hostile(20_000))
    scan(text)
    expect(text.read).toBeLessThanOrEqual(6 * text.length)
  })

  it('reads each character a few times only, of texts made at random', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...TOKENS), { maxLength: 60 }), (tokens) => {
        const text = new CountedText(tokens.join('').repeat(20))
        try {
          scan(text)
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError)
        }
        expect(text.read).toBeLessThanOrEqual(6 * text.length)
      }),
    )
  })
})

const TOKENS = [
  '"', "'", '\\', '{', '}', '[', ']', ':', ',', ' ', '\n', '/', '//', '-', '.', '1', 'e5', 'a', 'b_1',
  'NaN', 'Infinity', '-Infinity', 'None', 'True', 'False', 'undefined', '"a"', "'b'", '"\\""', '{"a": 1, ',
] // biome-ignore format: a palette

const texts = fc.array(fc.constantFrom(...TOKENS), { maxLength: 12 }).map((tokens) => tokens.join(''))

describe('the scanners agree with the regular expressions that they replace', () => {
  it('on bodies', () => {
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(isClosed(text))
        expect(bodyOf(text)).toEqual(referenceBody(text))
      }),
      { numRuns: 20_000 },
    )
  })

  it('on what a valid answer is repaired to', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(repairJson(json)).toBe(json)
      }),
      { numRuns: 2000 },
    )
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(isClosed(text))
        const expected = parsed(referenceRepair(text))
        if (expected !== undefined) expect(parsed(repairJson(text))).toEqual(expected)
      }),
      { numRuns: 20_000 },
    )
  })
})

function bodyOf(text: string): unknown {
  try {
    return parseJson(text, DEPTH)
  } catch {
    return 'refused'
  }
}

/** Quadratic, and simple: only for short texts. */
function referenceBody(text: string): unknown {
  if (text.trim() === '') return undefined
  const quoted = text.replace(/"(?:[^"\\]|\\.)*"|(?<![\w-])-?(?:NaN|Infinity)\b/gs, (found) =>
    found.startsWith('"') || found === '-NaN' ? found : `"${found}"`,
  )
  try {
    return hasTwins(text) ? 'refused' : JSON.parse(quoted)
  } catch {
    return 'refused'
  }
}

function hasTwins(text: string): boolean {
  const open: Set<string>[] = []
  for (const [token, name, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/gs)) {
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') open.pop()
    else if (colon !== undefined) {
      if (open.at(-1)?.has(name!)) return true
      open.at(-1)?.add(name!)
    }
  }
  return false
}

/** The expressions went on after a quote without an end, and by luck made JSON of some such texts. */
function isClosed(text: string): boolean {
  return !/["']/.test(text.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\\n]|\\.)*'/gs, ''))
}

const MISTAKES =
  /("(?:[^"\\]|\\.)*")|\/\/[^\n]*|,(?=\s*[}\]])|\b(?:None|NaN|nan|undefined)\b|\b(True|False)\b|'((?:[^'\\\n]|\\.)*)'|([{,]\s*)([A-Za-z_]\w*)(?=\s*:)/g

function referenceRepair(text: string): string {
  return text.replace(MISTAKES, (slip, string, truth, single, before, name) => {
    if (string !== undefined) return string
    if (truth !== undefined) return truth.toLowerCase()
    if (single !== undefined) return JSON.stringify(single)
    if (name !== undefined) return `${before}"${name}"`
    return slip.startsWith('//') || slip === ',' ? '' : 'null'
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
