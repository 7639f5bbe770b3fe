/** Route that exports all trials of a study as a file. It streams, so memory does not grow with the study. */
import { z } from 'zod'
import { decodeSpec } from '../domain/decode-spec.js'
import type { TrialRow } from '../storage/trial-row.js'
import { readStudy } from '../studies/read-studies.js'
import { everyTrial } from '../trials/queries/read-trials.js'
import { type TrialView, viewTrial } from '../trials/queries/trial-view.js'
import {
  asJsonLines,
  bodyOf,
  FORMATS,
  fileResponse,
  formatSchema,
  type Table,
  tableLine,
} from './file-formats.js'
import type { Routes } from './routes.js'
import { faults, studyPath } from './schemas.js'

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
        operationId: 'exportTrials',
        tags: ['trials'],
        summary: 'Export all trials',
        description:
          'csv and tsv have a column for each parameter, and `metrics`, `foreseen` and `origin` as JSON. jsonl has one trial per line, as the API shows it, with its study. Rows of csv and jsonl can be posted to `import` unchanged.',
        params: studyPath,
        querystring: z.strictObject({ format: formatSchema }),
        response: { 200: fileResponse, ...faults(400, 404) },
      },
    },
    async ({ params, query: { format } }, reply) => {
      const study = await readStudy(database, params.study)
      const trials = exported(study, everyTrial(database, study.id))
      const names = decodeSpec(study.spec).space.parameters.map(({ name }) => name)
      const lines = format === 'jsonl' ? asJsonLines(trials) : asTable(trials, names, FORMATS[format])
      return reply
        .header('content-type', FORMATS[format].type)
        .header('content-disposition', `attachment; filename="${study.name}.${format}"`)
        .send(bodyOf(lines) as never)
    },
  )
}

export type ExportedTrial = TrialView & { readonly study: string; readonly studyId: string }

/** Each says of which study it is: so it is the same trial wherever it is brought in. */
export async function* exported(
  { id: studyId, name: study }: { readonly id: string; readonly name: string },
  trials: AsyncIterable<TrialRow>,
): AsyncGenerator<ExportedTrial> {
  for await (const trial of trials) yield { study, studyId, ...viewTrial(trial) }
}

async function* asTable(
  trials: AsyncIterable<ExportedTrial>,
  names: readonly string[],
  table: Table,
): AsyncGenerator<string> {
  yield tableLine(table, trialHeads(names))
  for await (const trial of trials) yield tableLine(table, trialCells(trial, names))
}

export function trialHeads(names: readonly string[]): string[] {
  return [...COLUMNS, 'source', ...names.map((name) => `params.${name}`), 'metrics', 'foreseen', 'origin']
}

export function trialCells(trial: ExportedTrial, names: readonly string[]): unknown[] {
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
