/** Streams all trials of a study as a file, a page of trials in memory at a time. */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { decodeSpec } from '../domain/decode-spec.js'
import type { TrialRow } from '../storage/trial-row.js'
import { readStudy } from '../studies/read-studies.js'
import { everyTrial } from '../trials/queries/read-trials.js'
import { type TrialView, viewTrial } from '../trials/queries/trial-view.js'
import type { Routes } from './routes.js'
import { faults, studyPath } from './schemas.js'

const FORMATS = {
  csv: { type: 'text/csv; charset=utf-8; header=present', cell: csvCell, separator: ',', newline: '\r\n' },
  tsv: { type: 'text/tab-separated-values; charset=utf-8', cell: tsvCell, separator: '\t', newline: '\n' },
  jsonl: { type: 'application/x-ndjson; charset=utf-8' },
} as const

const COLUMNS = [
  'study',
  'studyId',
  'number',
  'state',
  'failure',
  'value',
  'attempt',
  'worker',
  'trainSeconds',
  'peakMemoryMb',
  'tokensPerSecond',
  'message',
  'createdAt',
  'settledAt',
] as const

export const exportRoutes: Routes = (app, { database }) => {
  app.get(
    '/studies/:study/export',
    {
      schema: {
        tags: ['trials'],
        summary: 'Export all trials',
        description:
          'csv and tsv: a column for each parameter, `metrics`, `foreseen` and `origin` as JSON; jsonl: the trials as the API shows them, one a line, each with its study. Rows of csv and jsonl can be sent to `import` as they stand.',
        params: studyPath,
        querystring: z.strictObject({ format: z.enum(['csv', 'tsv', 'jsonl']).default('csv') }),
        response: {
          200: {
            description: 'The file.',
            content: Object.fromEntries(
              Object.values(FORMATS).map(({ type }) => [type.split(';')[0]!, { schema: z.string() }]),
            ),
          },
          ...faults(400, 404),
        },
      },
    },
    async ({ params, query: { format } }, reply) => {
      const study = await readStudy(database, params.study)
      const trials = exported(study, everyTrial(database, study.id))
      const names = decodeSpec(study.spec).space.parameters.map(({ name }) => name)
      const lines = format === 'jsonl' ? asJson(trials) : asTable(trials, names, FORMATS[format])
      return reply
        .header('content-type', FORMATS[format].type)
        .header('content-disposition', `attachment; filename="${study.name}.${format}"`)
        .send(Readable.from(lines) as never)
    },
  )
}

type ExportedTrial = TrialView & { readonly study: string; readonly studyId: string }

/** Adds the study to each trial, so that an import can tell which trial it is. */
async function* exported(
  { id: studyId, name: study }: { readonly id: string; readonly name: string },
  trials: AsyncIterable<TrialRow>,
): AsyncGenerator<ExportedTrial> {
  for await (const trial of trials) yield { study, studyId, ...viewTrial(trial) }
}

async function* asJson(trials: AsyncIterable<ExportedTrial>): AsyncGenerator<string> {
  for await (const trial of trials) yield `${JSON.stringify(trial)}\n`
}

type Table = (typeof FORMATS)['csv' | 'tsv']

async function* asTable(
  trials: AsyncIterable<ExportedTrial>,
  names: readonly string[],
  table: Table,
): AsyncGenerator<string> {
  const line = (cells: readonly unknown[]) => cells.map(table.cell).join(table.separator) + table.newline
  yield line([
    ...COLUMNS,
    'source',
    ...names.map((name) => `params.${name}`),
    'metrics',
    'foreseen',
    'origin',
  ])
  for await (const trial of trials) yield line(cellsOf(trial, names))
}

function cellsOf(trial: ExportedTrial, names: readonly string[]): unknown[] {
  const asText = (part: object | undefined) => part && JSON.stringify(part)
  return [
    ...COLUMNS.map((c) => trial[c]),
    trial.proposal.source,
    ...names.map((n) => trial.params[n]),
    asText(trial.metrics),
    asText(trial.foreseen),
    asText(trial.proposal.origin as object | undefined),
  ]
}

/**
 * RFC 4180. An apostrophe before a text keeps spreadsheets from taking it for a formula; a text that already looks like that
 * gets one more, so that an import can take it off again. An empty text is quoted, a missing value is not.
 */
function csvCell(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value !== 'string') return String(value)
  const text = /^'*[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function tsvCell(value: unknown): string {
  const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }
  return value === undefined ? '' : String(value).replace(/[\\\t\n\r]/g, (c) => escapes[c]!)
}
