/** Writes the SEARCH/REPLACE blocks that lead from one text to another, as a model that makes no mistake would. */
import { structuredPatch } from 'diff'

export function searchReplaceBetween(from: string, to: string, path: string): string[] {
  for (let context = 1; ; context *= 2) {
    const blocks = blocksWith(from, to, context)
    if (blocks.every(({ search }) => isUnique(from, search)) || context > from.length)
      return blocks.map(({ search, replace }) =>
        [path, '<<<<<<< SEARCH', ...search, '=======', ...replace, '>>>>>>> REPLACE', ''].join('\n'),
      )
  }
}

function blocksWith(from: string, to: string, context: number) {
  const { hunks } = structuredPatch('a', 'b', from, to, undefined, undefined, { context })
  return hunks.map(({ lines }) => ({
    search: lines.filter((line) => /^[ -]/.test(line)).map((line) => line.slice(1)),
    replace: lines.filter((line) => /^[ +]/.test(line)).map((line) => line.slice(1)),
  }))
}

function isUnique(text: string, search: readonly string[]): boolean {
  const lines = text.split('\n')
  const places = lines.filter((_, at) => search.every((line, i) => lines[at + i] === line))
  return places.length === 1 && search.join('').trim() !== ''
}
