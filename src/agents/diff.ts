/** What changed from one program to another. */
import { createHash } from 'node:crypto'
import { createTwoFilesPatch, diffLines, FILE_HEADERS_ONLY } from 'diff'
import type { ProgramFiles } from '../domain/program.js'

export interface LineChanges {
  readonly added: number
  readonly removed: number
}

/** A unified diff of all files that differ, in the order of their paths; empty where none does. */
export function unifiedDiff(from: ProgramFiles, to: ProgramFiles, context = 3): string {
  return changedPaths(from, to)
    .map((path) =>
      createTwoFilesPatch(
        from[path] === undefined ? '/dev/null' : `a/${path}`,
        to[path] === undefined ? '/dev/null' : `b/${path}`,
        from[path] ?? '',
        to[path] ?? '',
        undefined,
        undefined,
        { context, headerOptions: FILE_HEADERS_ONLY },
      ),
    )
    .join('')
}

export function countChanges(from: ProgramFiles, to: ProgramFiles): LineChanges {
  let [added, removed] = [0, 0]
  for (const path of changedPaths(from, to))
    for (const part of diffLines(from[path] ?? '', to[path] ?? '')) {
      if (part.added) added += part.count
      if (part.removed) removed += part.count
    }
  return { added, removed }
}

/** Added and removed lines together. */
export function linesChanged(from: ProgramFiles, to: ProgramFiles): number {
  const { added, removed } = countChanges(from, to)
  return added + removed
}

export function countLines(files: ProgramFiles): number {
  return Object.values(files).reduce(
    (sum, text) => sum + text.split('\n').filter((line) => line.trim() !== '').length,
    0,
  )
}

/** Equal for patches that add and remove the same lines, whatever their place, indentation and spacing. */
export function patchKey(from: ProgramFiles, to: ProgramFiles): string {
  const lines = unifiedDiff(from, to, 0)
    .split('\n')
    .filter((line) => /^[+-](?!(--|\+\+) )/.test(line))
    .map((line) => line[0] + line.slice(1).replace(/\s+/g, ''))
    .filter((line) => line.length > 1)
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}

function changedPaths(from: ProgramFiles, to: ProgramFiles): string[] {
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .sort()
    .filter((path) => from[path] !== to[path])
}
