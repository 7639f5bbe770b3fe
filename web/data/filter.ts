/**
 * Filter expressions over trials: `value < 0.98 and DEPTH >= 8 and not failure = oom`. Compared are numbers by = != < <= > >=, texts by
 * = and !=, and ~ asks whether a text contains another, whatever its case.
 */

export type FilterValue = number | string
export type Lookup = (field: string, row: number) => FilterValue | undefined
export type Filter = (row: number) => boolean

export class FilterError extends Error {}

const TOKEN = /\s*(?:(<=|>=|!=|[=<>~()])|"((?:[^"\\]|\\.)*)"|([^\s=<>!~()"]+))/y

type Token = { readonly kind: 'sign' | 'text' | 'word'; readonly text: string }

/** `fields`: what may be compared. An empty expression lets everything pass. */
export function compileFilter(expression: string, fields: ReadonlySet<string>, lookup: Lookup): Filter {
  const tokens = tokensOf(expression)
  if (tokens.length === 0) return () => true
  let place = 0
  const peek = () => tokens[place]
  const isWord = (word: string) => peek()?.kind === 'word' && peek()!.text.toLowerCase() === word

  const filter = either()
  if (place < tokens.length)
    throw new FilterError(`"${peek()!.text}" is not expected here: join comparisons by and, or`)
  return filter

  function either(): Filter {
    let left = both()
    while (isWord('or')) {
      place++
      const [a, b] = [left, both()]
      left = (row) => a(row) || b(row)
    }
    return left
  }

  function both(): Filter {
    let left = one()
    while (isWord('and')) {
      place++
      const [a, b] = [left, one()]
      left = (row) => a(row) && b(row)
    }
    return left
  }

  function one(): Filter {
    if (isWord('not')) {
      place++
      const inner = one()
      return (row) => !inner(row)
    }
    if (peek()?.text === '(' && peek()?.kind === 'sign') {
      place++
      const inner = either()
      if (peek()?.text !== ')') throw new FilterError('a bracket is not closed')
      place++
      return inner
    }
    return comparison()
  }

  function comparison(): Filter {
    const field = tokens[place++]
    if (field === undefined || field.kind === 'sign')
      throw new FilterError('a comparison is missing: for example value < 0.98')
    if (!fields.has(field.text)) throw new FilterError(`there is no column "${field.text}"`)
    const sign = tokens[place++]
    if (sign?.kind !== 'sign' || !(sign.text in SIGNS))
      throw new FilterError(`after ${field.text} comes one of = != < <= > >= ~`)
    const wanted = tokens[place++]
    if (wanted === undefined || wanted.kind === 'sign')
      throw new FilterError(`${field.text} ${sign.text} needs a value`)
    const holds = SIGNS[sign.text]!
    const number = wanted.kind === 'word' && wanted.text !== '' ? Number(wanted.text) : Number.NaN
    return (row) => {
      const found = lookup(field.text, row)
      if (found === undefined) return sign.text === '!='
      const other = typeof found === 'number' && !Number.isNaN(number) ? number : wanted.text
      return holds(typeof other === 'number' ? found : String(found), other)
    }
  }
}

const SIGNS: Readonly<Record<string, (found: FilterValue, wanted: FilterValue) => boolean>> = {
  '=': (found, wanted) => found === wanted,
  '!=': (found, wanted) => found !== wanted,
  '<': (found, wanted) => found < wanted,
  '<=': (found, wanted) => found <= wanted,
  '>': (found, wanted) => found > wanted,
  '>=': (found, wanted) => found >= wanted,
  '~': (found, wanted) => String(found).toLowerCase().includes(String(wanted).toLowerCase()),
}

function tokensOf(expression: string): Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  const text = expression.trimEnd()
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex
    const found = TOKEN.exec(text)
    if (found === null) throw new FilterError(`"${text.slice(start).trim()}" cannot be read`)
    const [, sign, quoted, word] = found
    if (sign !== undefined) tokens.push({ kind: 'sign', text: sign })
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted.replace(/\\(.)/g, '$1') })
    else tokens.push({ kind: 'word', text: word! })
  }
  return tokens
}
