/** Reads SEARCH/REPLACE blocks, with or without a fence around them. */
import { isFence, pathOfLine } from './path-line.js'
import { type Edit, type Refusal, refuse } from './problems.js'

export type ReadEdits =
  | { readonly ok: true; readonly edits: readonly Edit[]; readonly prose: readonly string[] }
  | Refusal

const isSearch = (line: string) => /^<{5,9}\s*(SEARCH|ORIGINAL|OLD|HEAD)?$/i.test(line.trim())
const isDivider = (line: string) => /^={5,9}$/.test(line.trim())
const isReplace = (line: string) => /^>{5,9}\s*(REPLACE|UPDATED|NEW)?$/i.test(line.trim())

export function readBlocks(lines: readonly string[]): ReadEdits {
  const edits: Edit[] = []
  const prose: string[] = []
  let path: string | null = null
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!
    if (isSearch(line)) {
      const block = readBlock(lines, i, edits.length + 1, path)
      if (!block.ok) return block
      edits.push(block.edit)
      i = block.end
    } else if (isReplace(line))
      return refuse('stray_marker', `Line ${i + 1} closes a block that no "<<<<<<< SEARCH" has opened.`)
    else if (!isFence(line) || pathOfLine(line) !== null) {
      path = pathOfLine(line) ?? path
      prose.push(line)
    }
  }
  return { ok: true, edits, prose }
}

type ReadBlock = { readonly ok: true; readonly edit: Edit; readonly end: number } | Refusal

function readBlock(lines: readonly string[], start: number, block: number, path: string | null): ReadBlock {
  const name = `Block ${block}`
  const divider = nextMarker(lines, start + 1)
  if (divider === null || isSearch(lines[divider]!))
    return refuse('unclosed', `${name} is not closed: it needs "=======" and ">>>>>>> REPLACE".`)
  if (isReplace(lines[divider]!))
    return refuse('no_divider', `${name} has no "=======" between the old and the new lines.`)
  const end = nextMarker(lines, divider + 1)
  if (end === null || isSearch(lines[end]!))
    return refuse('unclosed', `${name} is not closed: it needs ">>>>>>> REPLACE" after the new lines.`)
  if (isDivider(lines[end]!))
    return refuse('second_divider', `${name} has "=======" twice, so where the new lines begin is not clear.`)
  const search = textOf(lines.slice(start + 1, divider))
  const replace = textOf(lines.slice(divider + 1, end))
  return { ok: true, edit: { kind: 'replace', path, search, replace, block }, end }
}

/** Every line with its end, so that one blank line is not the same as none. */
function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

function nextMarker(lines: readonly string[], from: number): number | null {
  for (let i = from; i < lines.length; i++)
    if (isSearch(lines[i]!) || isDivider(lines[i]!) || isReplace(lines[i]!)) return i
  return null
}
