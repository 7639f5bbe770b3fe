/** Finds the lines that an edit replaces: exactly, or with a tolerance for white space that still finds one place. */

export type FoundLines =
  | { readonly is: 'unique'; readonly text: string }
  | { readonly is: 'ambiguous'; readonly lines: readonly number[] }
  | { readonly is: 'missing' }

/** The text with the one place replaced. Each step tolerates more than the one before, and none accepts two places. */
export function findLines(text: string, search: string, replace: string): FoundLines {
  const lines = text.split('\n')
  const wanted = search.split('\n')
  const added = replace === '' ? [] : replace.split('\n')
  const inner = trimBlank(wanted)
  const innerAdded = trimBlank(added)
  const steps: readonly (readonly [string[], string[], Likeness])[] = [
    [wanted, added, exactly],
    [wanted, added, withoutTrailing],
    [inner, innerAdded, exactly],
    [inner, innerAdded, withoutTrailing],
    [inner, innerAdded, withoutIndentation],
  ]
  for (const [old, neu, like] of steps) {
    const places = placesOf(lines, old, like)
    if (places.length > 1) return { is: 'ambiguous', lines: places.map((at) => at + 1) }
    const at = places[0]
    if (at === undefined) continue
    const fitted = like === withoutIndentation ? indentLike(lines.slice(at, at + old.length), old, neu) : neu
    return {
      is: 'unique',
      text: [...lines.slice(0, at), ...fitted, ...lines.slice(at + old.length)].join('\n'),
    }
  }
  return { is: 'missing' }
}

type Likeness = (theirs: readonly string[], wanted: readonly string[]) => boolean

const exactly: Likeness = (theirs, wanted) => wanted.every((line, i) => line === theirs[i])

const withoutTrailing: Likeness = (theirs, wanted) =>
  wanted.every((line, i) => line.trimEnd() === theirs[i]!.trimEnd())

/** Every line is shifted by the same indentation, in the same direction. */
const withoutIndentation: Likeness = (theirs, wanted) =>
  wanted.every((line, i) => line.trim() === theirs[i]!.trim()) && shiftBetween(wanted, theirs) !== null

function placesOf(lines: readonly string[], wanted: readonly string[], like: Likeness): number[] {
  const places: number[] = []
  if (wanted.length === 0) return places
  for (let at = 0; at + wanted.length <= lines.length; at++)
    if (like(lines.slice(at, at + wanted.length), wanted)) places.push(at)
  return places
}

interface Shift {
  readonly add: string
  readonly remove: string
}

/** What to put before, or take from, each line of `from` to give it the indentation of `to`; null if that varies. */
function shiftBetween(from: readonly string[], to: readonly string[]): Shift | null {
  let shift: Shift | null = null
  for (const [i, line] of from.entries()) {
    if (line.trim() === '') continue
    const [own, other] = [indentOf(line), indentOf(to[i]!)]
    const next = other.endsWith(own)
      ? { add: other.slice(0, other.length - own.length), remove: '' }
      : own.endsWith(other)
        ? { add: '', remove: own.slice(0, own.length - other.length) }
        : null
    if (next === null || (shift !== null && (shift.add !== next.add || shift.remove !== next.remove)))
      return null
    shift = next
  }
  return shift
}

function indentLike(
  theirs: readonly string[],
  wanted: readonly string[],
  added: readonly string[],
): string[] {
  const { add, remove } = shiftBetween(wanted, theirs)!
  return added.map((line) => {
    if (line.trim() === '') return line
    return add + (line.startsWith(remove) ? line.slice(remove.length) : line.trimStart())
  })
}

function indentOf(line: string): string {
  return line.slice(0, line.length - line.trimStart().length)
}

function trimBlank(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line.trim() !== '')
  if (first === -1) return []
  return lines.slice(first, lines.findLastIndex((line) => line.trim() !== '') + 1)
}
