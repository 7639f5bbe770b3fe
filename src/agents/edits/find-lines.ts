/** Finds the lines that an edit replaces: exactly, or with a tolerance for white space that still finds one place. */

export type FoundLines =
  | { readonly is: 'unique'; readonly text: string }
  | { readonly is: 'ambiguous'; readonly lines: readonly number[] }
  | { readonly is: 'missing' }

/** The text with the one place replaced. Each step tolerates more than the one before, and none accepts two places. */
export function findLines(text: string, search: string, replace: string): FoundLines {
  const lines = text.split('\n')
  const [wanted, added] = [linesOf(search), linesOf(replace)]
  const [inner, innerAdded] = [trimBlank(wanted), trimBlank(added)]
  const steps: readonly (readonly [string[], string[], Tolerance])[] = [
    [wanted, added, 'none'],
    [wanted, added, 'trailing'],
    [inner, innerAdded, 'none'],
    [inner, innerAdded, 'trailing'],
    [inner, innerAdded, 'indentation'],
  ]
  for (const [old, neu, tolerance] of steps) {
    const places = placesOf(lines, old, tolerance)
    if (places.length > 1) return { is: 'ambiguous', lines: places.map((at) => at + 1) }
    const at = places[0]
    if (at === undefined) continue
    const end = at + old.length
    const fitted = tolerance === 'indentation' ? indentLike(lines.slice(at, end), old, neu) : neu
    return { is: 'unique', text: [...lines.slice(0, at), ...fitted, ...lines.slice(end)].join('\n') }
  }
  return { is: 'missing' }
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** For white space: none, at the ends of lines, or all lines indented by the same amount more or less. */
type Tolerance = 'none' | 'trailing' | 'indentation'

const COMPARED: Readonly<Record<Tolerance, (line: string) => string>> = {
  none: (line) => line,
  trailing: (line) => line.trimEnd(),
  indentation: (line) => line.trim(),
}

function placesOf(lines: readonly string[], wanted: readonly string[], tolerance: Tolerance): number[] {
  const places = occurrences(lines.map(COMPARED[tolerance]), wanted.map(COMPARED[tolerance]))
  if (tolerance !== 'indentation') return places
  return places.filter((at) => shiftBetween(wanted, lines.slice(at, at + wanted.length)) !== null)
}

/** More places than that tell nothing more. */
const MOST_PLACES = 100

/** Knuth, Morris & Pratt (1977): in linear time also where lines repeat. */
function occurrences(lines: readonly string[], wanted: readonly string[]): number[] {
  if (wanted.length === 0) return []
  const back = borders(wanted)
  const places: number[] = []
  let matched = 0
  for (let i = 0; i < lines.length && places.length < MOST_PLACES; i++) {
    while (matched > 0 && lines[i] !== wanted[matched]) matched = back[matched - 1]!
    if (lines[i] === wanted[matched]) matched++
    if (matched < wanted.length) continue
    places.push(i + 1 - matched)
    matched = back[matched - 1]!
  }
  return places
}

/** Element i: how long a beginning of the lines is also the end of the first i + 1. */
function borders(wanted: readonly string[]): number[] {
  const back = [0]
  let length = 0
  for (let i = 1; i < wanted.length; i++) {
    while (length > 0 && wanted[i] !== wanted[length]) length = back[length - 1]!
    if (wanted[i] === wanted[length]) length++
    back.push(length)
  }
  return back
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
