/** What changed from one program to another. */
import { createHash } from 'node:crypto'
import { createTwoFilesPatch, diffLines, FILE_HEADERS_ONLY } from 'diff'
import type { ProgramFiles } from '../domain/program.js'

export interface LineChanges {
  readonly added: number
  readonly removed: number
}

/** The work of a comparison grows with the square of what differs; beyond this, one text replaces the other. */
const MOST_DIFFERENCES = 2000

/** A unified diff of all files that differ, in the order of their paths; empty where none does. */
export function unifiedDiff(from: ProgramFiles, to: ProgramFiles, context = 3): string {
  return changedPaths(from, to)
    .map((path) => filePatch(path, from[path], to[path], context))
    .join('')
}

function filePatch(path: string, old: string | undefined, neu: string | undefined, context: number): string {
  const [oldName, newName] = [
    old === undefined ? '/dev/null' : `a/${path}`,
    neu === undefined ? '/dev/null' : `b/${path}`,
  ]
  const patch = createTwoFilesPatch(oldName, newName, old ?? '', neu ?? '', undefined, undefined, {
    context,
    headerOptions: FILE_HEADERS_ONLY,
    maxEditLength: MOST_DIFFERENCES,
  })
  return patch ?? wholePatch(oldName, newName, linesOf(old), linesOf(neu))
}

function wholePatch(
  oldName: string,
  newName: string,
  old: readonly string[],
  neu: readonly string[],
): string {
  return [
    `--- ${oldName}`,
    `+++ ${newName}`,
    `@@ -1,${old.length} +1,${neu.length} @@`,
    ...old.map((line) => `-${line}`),
    ...neu.map((line) => `+${line}`),
    '',
  ].join('\n')
}

export function countChanges(from: ProgramFiles, to: ProgramFiles): LineChanges {
  let [added, removed] = [0, 0]
  for (const path of changedPaths(from, to)) {
    const [old, neu] = [from[path], to[path]]
    const parts = diffLines(old ?? '', neu ?? '', { maxEditLength: MOST_DIFFERENCES })
    for (const part of parts ?? [
      { added: true, removed: false, count: linesOf(neu).length },
      { added: false, removed: true, count: linesOf(old).length },
    ]) {
      if (part.added) added += part.count
      if (part.removed) removed += part.count
    }
  }
  return { added, removed }
}

function linesOf(text = ''): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
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
