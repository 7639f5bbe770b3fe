/** The formats of exported files: csv, tsv and jsonl. Rows stream, so memory does not grow with the file. */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { guardFormula } from './formula-guard.js'

export const FORMATS = {
  csv: { type: 'text/csv; charset=utf-8; header=present', cell: csvCell, separator: ',', newline: '\r\n' },
  tsv: { type: 'text/tab-separated-values; charset=utf-8', cell: tsvCell, separator: '\t', newline: '\n' },
  jsonl: { type: 'application/x-ndjson; charset=utf-8' },
} as const

export const formatSchema = z.enum(['csv', 'tsv', 'jsonl']).default('csv')

export type Table = (typeof FORMATS)['csv' | 'tsv']

/** What a route answers with, by type. */
export const fileResponse = {
  description: 'The file.',
  content: Object.fromEntries(
    Object.values(FORMATS).map(({ type }) => [type.split(';')[0]!, { schema: z.string() }]),
  ),
}

export function tableLine(table: Table, cells: readonly unknown[]): string {
  return cells.map(table.cell).join(table.separator) + table.newline
}

/** Lines as a body. Many go into one write, since each write costs more than making a line. */
export function bodyOf(lines: AsyncIterable<string>): Readable {
  return Readable.from(joined(lines))
}

const WRITE_CHARACTERS = 2 ** 16

async function* joined(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let text = ''
  for await (const line of lines) {
    text += line
    if (text.length < WRITE_CHARACTERS) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}

export async function* asJsonLines(rows: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`
}

/** RFC 4180. An empty text is quoted, which a missing one is not. */
function csvCell(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value !== 'string') return String(value)
  const text = guardFormula(value)
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function tsvCell(value: unknown): string {
  const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }
  const text = typeof value === 'string' ? guardFormula(value) : String(value ?? '')
  return text.replace(/[\\\t\n\r]/g, (c) => escapes[c]!)
}
