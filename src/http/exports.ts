/** Route that exports all trials of a study as a file. It streams, so memory does not grow with the study. */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { decodeSpec } from '../domain/decode-spec.js'
import type { TrialRow } from '../storage/trial-row.js'
import { readStudy } from '../studies/read-studies.js'
import { everyTrial } from '../trials/queries/read-trials.js'
import { type TrialView, viewTrial } from '../trials/queries/trial-view.js'
import { guardFormula } from './formula-guard.js'
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
          'csv and tsv have a column for each parameter, and `metrics`, `foreseen` and `origin` as JSON. jsonl has one trial per line, as the API shows it, with its study. Rows of csv and jsonl can be posted to `import` unchanged.',
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

/** Each says of which study it is: so it is the same trial wherever it is brought in. */
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
