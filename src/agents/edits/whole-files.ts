/** Reads whole files, each in a fenced block below a line with its path. */
import { fenceOf, pathOfLine } from './path-line.js'
import { type Edit, refuse } from './problems.js'
import type { ReadEdits } from './search-blocks.js'

interface Block {
  readonly path: string | null
  readonly content: string
}

export function readWholeFiles(lines: readonly string[]): ReadEdits {
  const blocks: Block[] = []
  const prose: string[] = []
  for (let i = 0; i < lines.length; i++) {
    const fence = fenceOf(lines[i]!)
    if (fence === null) {
      prose.push(lines[i]!)
      continue
    }
    const end = closingFence(lines, i + 1, fence.mark)
    if (end === null)
      return refuse(
        'unclosed',
        `The fenced block that line ${i + 1} opens is not closed: the file may be cut off.`,
      )
    const path = pathOfLine(lines[i]!) ?? pathAbove(prose)
    blocks.push({ path, content: `${lines.slice(i + 1, end).join('\n')}\n` })
    i = end
  }
  return namedBlocks(blocks, prose)
}

function namedBlocks(blocks: readonly Block[], prose: readonly string[]): ReadEdits {
  if (blocks.some(({ content }) => content.split('\n').some((line) => /^<{5,9}\s*SEARCH$/.test(line.trim()))))
    return refuse(
      'wrong_format',
      'The answer has SEARCH and REPLACE blocks: give the whole new file instead.',
    )
  const named = blocks.filter(({ path }) => path !== null)
  if (named.length === 0 && blocks.length > 1)
    return refuse(
      'no_path',
      `There are ${blocks.length} blocks of code and none names its file on the line above.`,
    )
  const edits = (named.length > 0 ? named : blocks).map(
    ({ path, content }, i): Edit => ({ kind: 'whole', path, content, block: i + 1 }),
  )
  return { ok: true, edits, prose }
}

/** The last line of prose that is not blank, if it names a file. */
function pathAbove(prose: readonly string[]): string | null {
  const above = prose.findLast((line) => line.trim() !== '')
  return above === undefined ? null : pathOfLine(above)
}

/** A fence of the same kind, at least as long and with nothing behind it. */
function closingFence(lines: readonly string[], from: number, mark: string): number | null {
  for (let i = from; i < lines.length; i++) {
    const fence = fenceOf(lines[i]!)
    if (fence !== null && fence.info === '' && fence.mark.startsWith(mark)) return i
  }
  return null
}
