/** Shows the place of a file that is most like lines which were not found, so that the model can quote it. */

const MOST_LINES = 12
const LONGEST_LINE = 400
/** Each is compared with every line of the file. */
const MOST_COMPARED = 100

export function describeNearMiss(text: string, search: string): string {
  const lines = text.split('\n')
  const wanted = search
    .trimEnd()
    .replace(/^\s*\n/, '')
    .split('\n')
    .slice(0, MOST_COMPARED)
  const place = mostAlike(lines, wanted)
  if (place === null) return 'Nothing in it is like them: quote the file as it is shown.'
  const shown = lines.slice(place, place + Math.min(wanted.length, MOST_LINES))
  return [
    `The most similar lines begin at line ${place + 1}:`,
    ...shown.map((line) => line.slice(0, LONGEST_LINE)),
    ...(wanted.length > MOST_LINES ? [`(${wanted.length - MOST_LINES} more)`] : []),
    'Quote the old lines exactly as they stand in the file.',
  ].join('\n')
}

/** Where most lines are equal but for white space, or else where the longest line has its likest one. */
function mostAlike(lines: readonly string[], wanted: readonly string[]): number | null {
  const had = lines.map((line) => line.trim())
  const want = wanted.map((line) => line.trim())
  let best = { at: -1, equal: 0 }
  for (let at = 0; at < had.length; at++) {
    let equal = 0
    for (const [i, line] of want.entries()) if (line !== '' && had[at + i] === line) equal += line.length
    if (equal > best.equal) best = { at, equal }
  }
  return best.at === -1 ? likestLine(had, want) : best.at
}

/** Below this share of common pairs of letters two lines have nothing to do with one another. */
const LEAST_LIKENESS = 0.4

function likestLine(had: readonly string[], want: readonly string[]): number | null {
  const longest = want.reduce((a, b, i) => (b.length > want[a]!.length ? i : a), 0)
  const pairs = letterPairs(want[longest] ?? '')
  let best = { at: -1, likeness: LEAST_LIKENESS }
  for (const [at, line] of had.entries()) {
    const likeness = dice(pairs, letterPairs(line))
    if (likeness > best.likeness) best = { at, likeness }
  }
  return best.at === -1 ? null : Math.max(0, best.at - longest)
}

/** Dice's coefficient (1945) of two sets of neighbouring letters. */
function dice(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size + b.size === 0) return 0
  let common = 0
  for (const pair of a) if (b.has(pair)) common++
  return (2 * common) / (a.size + b.size)
}

function letterPairs(line: string): Set<string> {
  const pairs = new Set<string>()
  for (let i = 0; i + 1 < Math.min(line.length, 400); i++) pairs.add(line.slice(i, i + 2))
  return pairs
}
