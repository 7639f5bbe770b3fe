/** Blots keys out of what is stored, because a provider may quote the request, or a part of the key, in an error. */

/** So many characters of a key's beginning give it away. */
const SHORTEST_PREFIX = 8

/**
 * Replaces each key, its beginning, and its base64 form (as basic authentication has it) by `[redacted]`. What is shorter
 * than `shortest` is no key but, say, the "x" of a server that wants none: it is left, or words would lose letters.
 */
export function redactor(keys: readonly string[], shortest: number): (text: string) => string {
  const hidden = keys.filter((key) => key.length >= shortest).flatMap(formsOf)
  return (text) => hidden.reduce(blotOut, text)
}

interface Form {
  readonly text: string
  /** The fewest first characters of it that are blotted out. */
  readonly least: number
}

function formsOf(key: string): Form[] {
  const plain = [...new Set([key, encodeURIComponent(key)])]
  const encoded = [0, 1, 2].flatMap((offset) => base64At(key, offset))
  const least = Math.ceil((SHORTEST_PREFIX * 4) / 3)
  return [
    ...plain.map((text) => ({ text, least: Math.min(text.length, SHORTEST_PREFIX) })),
    ...encoded.map((text) => ({ text, least: Math.min(text.length, least) })),
  ]
}

/** The characters that only the key decides, where so many bytes (modulo 3) stand before it; in both alphabets. */
function base64At(key: string, offset: number): string[] {
  const bytes = Buffer.from('\0'.repeat(offset) + key)
  const from = Math.ceil((offset * 8) / 6)
  const to = Math.floor((bytes.length * 8) / 6)
  return (['base64', 'base64url'] as const).map((alphabet) => bytes.toString(alphabet).slice(from, to))
}

function blotOut(text: string, { text: form, least }: Form): string {
  const beginning = form.slice(0, least)
  let clean = ''
  let copied = 0
  for (let at = text.indexOf(beginning); at >= 0; at = text.indexOf(beginning, copied)) {
    let length = least
    while (length < form.length && text[at + length] === form[length]) length++
    clean += `${text.slice(copied, at)}[redacted]`
    copied = at + length
  }
  return clean + text.slice(copied)
}
