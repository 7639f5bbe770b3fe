/** Reads a model's answer: what it says that it changed, and the edits themselves. */
import type { EditFormat } from '../../domain/agent.js'
import { isStorable } from '../../domain/storable-text.js'
import { categoryNamed, classifyDescription } from '../categories.js'
import { isFence, pathOfLine } from './path-line.js'
import { type Edit, type EditProblem, type Refusal, refuse } from './problems.js'
import { readBlocks } from './search-blocks.js'
import { readWholeFiles } from './whole-files.js'

export type ParsedAnswer =
  | {
      readonly ok: true
      /** One line. */
      readonly description: string
      readonly category: string
      readonly edits: readonly Edit[]
    }
  | { readonly ok: false; readonly problem: EditProblem; readonly message: string }

/** What is longer was not written to be applied; a training source has some 30 kB. */
const LONGEST_ANSWER = 1_000_000
const MOST_EDITS = 100
const LONGEST_DESCRIPTION = 300

export function parseAnswer(text: string, format: EditFormat): ParsedAnswer {
  if (text.length > LONGEST_ANSWER)
    return refuse(
      'too_large',
      `The answer has ${text.length} characters; at most ${LONGEST_ANSWER} are read.`,
    )
  if (!isStorable(text))
    return refuse('not_text', 'The answer has a NUL character or half a surrogate pair: send plain text.')
  const lines = text.replace(/\r\n?/g, '\n').split('\n')
  const read = format === 'whole-file' ? readWholeFiles(lines) : readBlocks(lines)
  if (!read.ok) return read
  if (read.edits.length === 0) return explainNoEdit(text, lines, format)
  if (read.edits.length > MOST_EDITS)
    return refuse('too_many', `The answer has ${read.edits.length} edits; at most ${MOST_EDITS} are applied.`)
  const description = describe(read.prose)
  if (description === null)
    return refuse(
      'no_description',
      'The answer does not say what it changes: begin it with a line "DESCRIPTION: …".',
    )
  const category = categoryNamed(fieldOf(read.prose, 'category') ?? '') ?? classifyDescription(description)
  return { ok: true, description, category, edits: read.edits }
}

/** The labelled line, or else the first line of prose. */
function describe(prose: readonly string[]): string | null {
  const given = fieldOf(prose, 'description') ?? plainLine(prose.find(isProse) ?? '')
  if (given === '') return null
  return [...given].slice(0, LONGEST_DESCRIPTION).join('')
}

function fieldOf(prose: readonly string[], name: string): string | undefined {
  return prose.map((line) => labelled(line, name)).find((value) => value !== undefined && value !== '')
}

/** Such as "**Category:** architecture". */
function labelled(line: string, name: string): string | undefined {
  const plain = plainLine(line)
  if (plain.slice(0, name.length).toLowerCase() !== name) return undefined
  const rest = plain.slice(name.length).replace(/^[\s*_]+/, '')
  return /^[:=]/.test(rest) ? plainLine(rest.slice(1)) : undefined
}

/** A line with a word that does not name a file, and is none of the other labelled lines. */
function isProse(line: string): boolean {
  return pathOfLine(line) === null && /\p{L}{2}/u.test(line) && !/^\W*category\W*:/i.test(line)
}

function plainLine(line: string): string {
  let end = line.length
  while (end > 0 && /[\s*_]/.test(line[end - 1]!)) end--
  return line.slice(0, end).replace(/^[\s>#*_-]+/, '')
}

/** Why nothing could be read, by what the answer looks like. */
function explainNoEdit(text: string, lines: readonly string[], format: EditFormat): Refusal {
  const wanted =
    format === 'whole-file'
      ? 'Name the file on a line of its own and give its whole new content in one fenced block.'
      : 'Write a block "<<<<<<< SEARCH", the old lines, "=======", the new lines, ">>>>>>> REPLACE".'
  const wrong = (what: string) => refuse('wrong_format', `The answer has ${what}. ${wanted}`)
  if (lines.some((line) => /^\s*(@@ .*@@|--- \S+|\+\+\+ \S+|\*\*\* (Begin Patch|Update File))/.test(line)))
    return wrong('a diff')
  if (/^\s*(```\w*\s*)?[[{][\s\S]*"(old|new|search|replace|changes|content|code|description)"\s*:/.test(text))
    return wrong('JSON')
  if (lines.some((line) => line.trimStart().startsWith('<<<<<'))) return wrong('SEARCH and REPLACE blocks')
  if (/<(search|replace|edit|file|old_str|new_str|function_calls|tool_call)\b/i.test(text))
    return wrong('tags')
  if (lines.some(isFence)) return wrong('code without the markers of an edit')
  return refuse('no_edit', `The answer has no edit. ${wanted}`)
}
