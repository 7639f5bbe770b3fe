/** Reads the rows of an import: JSON Lines, CSV as the export writes it, or a JSON array. */
import type { FastifyInstance } from 'fastify'
import type { Parameter, Space, Value } from '../../search-spaces/index.js'
import { type ImportedTrial, importedTrial, importKey } from '../domain/imported-trial.js'
import { isStorable } from '../domain/storable-text.js'
import { enqueueSchemaWithin } from '../domain/tell.js'
import { mapInSlices } from '../engine/in-slices.js'
import { Fault, type FaultAt } from '../faults.js'
import type { Limits } from '../limits.js'
import { unguardFormula } from './formula-guard.js'
import { parseJson } from './json-body.js'
import { issuesOf } from './validation.js'

/** A parsed JSON body, or the text of a file with its type. */
export type ImportBody = unknown[] | TextFile

class TextFile {
  constructor(
    readonly type: 'csv' | 'jsonl',
    readonly text: string,
  ) {}
}

const TYPES: Readonly<Record<string, TextFile['type']>> = {
  'text/csv': 'csv',
  'application/x-ndjson': 'jsonl',
  'application/jsonl': 'jsonl',
}

export const FILE_TYPES = Object.keys(TYPES)

/** For the routes of one scope. */
export function registerFileParsers(app: FastifyInstance, { importBytes: bodyLimit }: Limits): void {
  for (const [type, kind] of Object.entries(TYPES))
    app.addContentTypeParser(type, { parseAs: 'string', bodyLimit }, (_request, body, done) =>
      done(null, new TextFile(kind, body as string)),
    )
}

/** A row with its place in the request, counted from 1; without a trial where it has no result. */
export interface GivenRow {
  readonly place: string
  readonly trial: ImportedTrial | undefined
}

/** Makes the reader of a service with these limits. */
export function rowReader(limits: Limits): (body: ImportBody, space: Space) => Promise<GivenRow[]> {
  const schema = enqueueSchemaWithin(limits)
  return async (body, space) => readRows(await rowsOf(body, space, limits), schema, limits)
}

async function readRows(
  rows: readonly unknown[],
  schema: ReturnType<typeof enqueueSchemaWithin>,
  { importRows }: Limits,
): Promise<GivenRow[]> {
  if (rows.length > importRows)
    throw new Fault(
      'payload_too_large',
      `An import may have ${importRows} rows, this has ${rows.length}: send several`,
    )
  const errors: FaultAt[] = []
  const read = await mapInSlices(rows, (row, i) => {
    const place = `rows.${i + 1}.`
    const parsed = schema.safeParse(row)
    const trial = parsed.success ? importedTrial(parsed.data) : undefined
    const faults = parsed.success ? faultsOf(parsed.data, trial) : issuesOf(parsed.error)
    errors.push(...faults.map((fault) => ({ ...fault, path: (place + fault.path).replace(/\.$/, '') })))
    return { place, trial }
  })
  if (errors.length > 0) refuse(errors)
  return read
}

/** What sending it twice would make two trials of, and what is not a trial that ran. */
function faultsOf(
  { state, repair }: { state?: unknown; repair?: unknown },
  trial: ImportedTrial | undefined,
): FaultAt[] {
  if (repair !== undefined)
    return [{ path: 'repair', message: 'what ran is taken in as it ran: leave this out' }]
  if (trial !== undefined && importKey(trial) === undefined)
    return [
      {
        path: 'idempotencyKey',
        message: 'is needed where study, studyId and number do not say which trial it is',
      },
    ]
  if (trial === undefined && state === undefined)
    return [{ path: 'outcome', message: 'is needed: POST …/trials queues a configuration that has not run' }]
  return []
}

async function rowsOf(body: ImportBody, space: Space, limits: Limits): Promise<unknown[]> {
  if (Array.isArray(body)) return body
  if (!(body instanceof TextFile))
    refuse([{ path: '', message: 'expected an array of trials, or a file of jsonl or csv' }])
  if (!isStorable(body.text))
    refuse([
      { path: '', message: 'has a character that cannot be stored (U+0000, or half a surrogate pair)' },
    ])
  const text = body.text.replace(/^\ufeff/, '')
  return body.type === 'csv' ? readCsv(text, space, limits) : readJsonLines(text, limits)
}

function readJsonLines(text: string, limits: Limits): Promise<unknown[]> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return mapInSlices(lines, (line, i) => {
    try {
      return parseJson(line, limits)
    } catch (error) {
      return refuse([{ path: `rows.${i + 1}`, message: (error as Error).message }])
    }
  })
}

const NUMBERS = ['number', 'value', 'attempt', 'trainSeconds', 'peakMemoryMb', 'tokensPerSecond']
const JSONS = ['metrics', 'foreseen', 'origin']

function readCsv(text: string, space: Space, limits: Limits): Promise<unknown[]> {
  const lines = csvRows(text)
  const header: Cell[] = lines.next().value ?? []
  const columns = header.map((cell) => cell ?? '')
  const seen = new Set<string>()
  const twice = columns.find((column) => seen.has(column) || !seen.add(column))
  if (twice !== undefined) refuse([{ path: `header.${twice}`, message: 'is there twice' }])
  if (text.trim() !== '' && !columns.some((column) => column.startsWith('params.')))
    refuse([
      {
        path: 'header',
        message:
          'has no column params.NAME: the first line of a CSV file names its columns, as an export does',
      },
    ])
  return mapInSlices(lines, (cells, i) => {
    if (cells.length < columns.length)
      refuse([
        { path: `rows.${i + 1}`, message: `has ${cells.length} cells, and the header ${columns.length}` },
      ])
    return trialOf(columns, cells, space, (text, column) => jsonOf(text, `rows.${i + 1}.${column}`, limits))
  })
}

function trialOf(
  columns: readonly string[],
  cells: readonly Cell[],
  space: Space,
  readJson: (text: string, column: string) => unknown,
): object {
  const params: Record<string, unknown> = {}
  const row: Record<string, unknown> = { params }
  for (const [i, column] of columns.entries()) {
    const cell = cells[i]
    if (cell === undefined) continue
    if (column.startsWith('params.')) {
      const name = column.slice('params.'.length)
      params[name] = typedValue(space.byName.get(name), cell)
    } else if (column === 'origin') row.proposal = { origin: readJson(cell, column) }
    else if (JSONS.includes(column)) row[column] = readJson(cell, column)
    else row[column] = NUMBERS.includes(column) ? numberOf(cell) : cell
  }
  return row
}

/** The one of the parameter's values that is written so; the text itself where there is none, for the fault to show. */
function typedValue(parameter: Parameter | undefined, text: string): Value {
  const written: Value[] = [
    text,
    numberOf(text),
    ...(text === 'true' || text === 'false' ? [text === 'true'] : []),
  ]
  return written.find((value) => parameter?.accepts(value)) ?? numberOf(text)
}

function numberOf(text: string): number | string {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}

function jsonOf(text: string, path: string, limits: Limits): unknown {
  try {
    return parseJson(text, limits)
  } catch (error) {
    return refuse([{ path, message: (error as Error).message }])
  }
}

/** Undefined where it is missing: an empty text is quoted. */
type Cell = string | undefined

/** RFC 4180, with either end of line, and without the apostrophe that keeps a text from being taken for a formula. */
const CELL = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|$)/y

/** More than any space and the members of a trial need. */
const MOST_COLUMNS = 2000

/** The header, then the rows; none has more cells than the header. */
function* csvRows(text: string): Generator<Cell[], undefined> {
  let count = 0
  let width = MOST_COLUMNS
  const cell = new RegExp(CELL)
  for (let row: Cell[] = []; cell.lastIndex < text.length || row.length > 0; ) {
    const match = cell.exec(text)
    if (match === null) refuse([{ path: `rows.${count}`, message: 'has a quotation mark out of its place' }])
    const [, quoted, plain, end] = match
    const found = quoted === undefined ? plain || undefined : quoted.replaceAll('""', '"')
    row.push(found && unguardFormula(found))
    if (row.length > width) refuse([tooWide(count, width)])
    if (end === ',') continue
    if (row.length > 1 || row[0] !== undefined) {
      if (count++ === 0) width = row.length
      yield row
    }
    row = []
  }
}

function tooWide(count: number, width: number): FaultAt {
  if (count === 0) return { path: 'header', message: `has more than ${width} columns` }
  return { path: `rows.${count}`, message: `has more cells than the header, which has ${width}` }
}

function refuse(errors: readonly FaultAt[]): never {
  const detail = errors.map(({ path, message }) => `${path || 'body'}: ${message}`).join('; ')
  throw new Fault('invalid_request', detail, { errors })
}
