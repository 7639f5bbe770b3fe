/** Applies edits to the editable files of a program. All of them apply, or none does. */
import type { ProgramFiles } from '../../domain/program.js'
import { findLines } from './find-lines.js'
import { describeNearMiss } from './near-miss.js'
import { type Edit, type EditProblem, refuse } from './problems.js'

export type AppliedEdits =
  | { readonly ok: true; readonly files: ProgramFiles }
  | {
      readonly ok: false
      readonly problem: EditProblem
      readonly file: string | null
      readonly message: string
    }

export interface EditRules {
  readonly editable: readonly string[]
  /** Of all editable files together. */
  readonly mostBytes?: number
}

export const MOST_PROGRAM_BYTES = 512 * 1024

export function applyEdits(files: ProgramFiles, edits: readonly Edit[], rules: EditRules): AppliedEdits {
  const changed: Record<string, string> = { ...files }
  const whole = new Set<string>()
  for (const edit of edits) {
    const target = resolvePath(edit, rules.editable)
    if (!target.ok) return target
    const { path } = target
    if (edit.kind === 'whole' && whole.has(path))
      return { ...refuse('repeated_file', `${path} is given twice: give each file once.`), file: path }
    if (edit.kind === 'whole') whole.add(path)
    const edited =
      edit.kind === 'whole'
        ? wholeFile(changed[path], edit.content)
        : replaceIn(changed[path] ?? '', edit, path)
    if (!edited.ok) return { ...edited, file: path }
    changed[path] = edited.text
  }
  return checkResult(files, changed, rules)
}

type EditedText = { readonly ok: true; readonly text: string } | ReturnType<typeof refuse>

type Target =
  | { readonly ok: true; readonly path: string }
  | {
      readonly ok: false
      readonly problem: EditProblem
      readonly file: string | null
      readonly message: string
    }

function resolvePath({ path: given, block }: Edit, editable: readonly string[]): Target {
  const list = editable.join(', ')
  if (given === null)
    return editable.length === 1
      ? { ok: true, path: editable[0]! }
      : {
          ...refuse('no_path', `Edit ${block} names no file. Put one of these above it: ${list}.`),
          file: null,
        }
  const path = given.replace(/^(\.\/)+/, '')
  if (/^([\\/~]|[A-Za-z]:)|\\|(^|\/)\.\.(\/|$)/.test(path))
    return {
      ...refuse('outside', `${given} is not a path inside the task. These files may be edited: ${list}.`),
      file: given,
    }
  if (!editable.includes(path))
    return { ...refuse('not_editable', `${given} may not be edited. These files may: ${list}.`), file: given }
  return { ok: true, path }
}

function wholeFile(old: string | undefined, content: string): EditedText {
  const elision = elisionIn(content, old ?? '')
  if (elision !== null) return refuse('elided', elisionMessage(elision))
  if (content.trim() === '') return refuse('no_edit', 'The file would be empty: give its whole new content.')
  return { ok: true, text: withLineEnds(content, old ?? '') }
}

function replaceIn(old: string, edit: Edit & { kind: 'replace' }, path: string): EditedText {
  const { search, replace, block } = edit
  const text = old.replace(/\r\n/g, '\n')
  if (search.trim() === '') {
    if (text.trim() !== '')
      return refuse(
        'empty_search',
        `Block ${block} has no old lines: repeat the lines of ${path} that it replaces.`,
      )
    return { ok: true, text: replace }
  }
  const elision = elisionIn(replace, text)
  if (elision !== null) return refuse('elided', elisionMessage(elision))
  const found = findLines(text, search, replace)
  if (found.is === 'unique') return { ok: true, text: withLineEnds(found.text, old) }
  if (found.is === 'ambiguous')
    return refuse(
      'ambiguous',
      `The old lines of block ${block} occur ${found.lines.length} times in ${path}, at lines ${found.lines.slice(0, 10).join(', ')}: add neighbouring lines until they occur once.`,
    )
  return refuse(
    'not_found',
    `The old lines of block ${block} are not in ${path}. ${describeNearMiss(text, search)}`,
  )
}

const LEFT_OUT = [
  /^(#|\/\/)\s*(\.\.\.|…)/,
  /^(#|\/\/|\/\*|\.\.\.|…)(?=.*(\.\.\.|…)).*\b(rest|remain\w*|existing|previous|unchanged|same|omitted)\b/i,
  /^(#|\/\/)\s*\(?(the )?(rest|remainder) of (the )?(code|file|script|program|function|class|model)\b/i,
]

/** A comment in the place of code that was left out, which the file did not have before. */
function elisionIn(added: string, old: string): string | null {
  const had = new Set(old.split('\n').map((line) => line.trim()))
  const isElision = (line: string) => !had.has(line) && LEFT_OUT.some((form) => form.test(line))
  return (
    added
      .split('\n')
      .map((line) => line.trim())
      .find(isElision) ?? null
  )
}

function elisionMessage(line: string): string {
  return `"${line.slice(0, 100)}" stands for code that was left out: write all of it.`
}

function withLineEnds(text: string, old: string): string {
  return old.includes('\r\n') ? text.replace(/\r?\n/g, '\r\n') : text
}

function checkResult(files: ProgramFiles, changed: ProgramFiles, rules: EditRules): AppliedEdits {
  const most = rules.mostBytes ?? MOST_PROGRAM_BYTES
  const bytes = Object.values(changed).reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  if (bytes > most)
    return {
      ...refuse('too_large', `The program would have ${bytes} bytes; it may have ${most}.`),
      file: null,
    }
  const unlike = Object.keys(changed).some((path) => files[path] !== changed[path])
  return unlike
    ? { ok: true, files: changed }
    : {
        ...refuse('unchanged', 'The edits change nothing: the program would be that of the parent.'),
        file: null,
      }
}
