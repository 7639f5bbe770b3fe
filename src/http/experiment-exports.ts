/** Route that exports an experiment as a file: a row for each cell, or for each trial of its studies, with arm and seed. */
import { z } from 'zod'
import { decodeSpec } from '../domain/decode-spec.js'
import {
  type CellRow,
  type ExperimentRow,
  readCells,
  readExperiment,
  readStudiesOf,
} from '../experiments/read-experiments.js'
import { viewCell } from '../experiments/view-experiment.js'
import type { Database } from '../storage/database.js'
import type { StudyRow } from '../studies/read-studies.js'
import { everyTrial } from '../trials/queries/read-trials.js'
import { experimentPath } from './experiment-schemas.js'
import { type ExportedTrial, exported, trialCells, trialHeads } from './exports.js'
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
import { faults } from './schemas.js'

export const experimentExportRoutes: Routes = (app, { database }) => {
  app.get(
    '/experiments/:experiment/export',
    {
      schema: {
        operationId: 'exportExperiment',
        tags: ['experiments'],
        summary: 'Export the cells of an experiment, or all of its trials',
        description:
          'Every row has the arm and the seed. jsonl has one cell or trial per line, as the API shows it.',
        params: experimentPath,
        querystring: z.strictObject({
          rows: z.enum(['cells', 'trials']).default('cells'),
          format: formatSchema,
        }),
        response: { 200: fileResponse, ...faults(400, 404) },
      },
    },
    async ({ params, query: { rows, format } }, reply) => {
      const experiment = await readExperiment(database, params.experiment)
      const cells = await readCells(database, experiment.id)
      const studies = await readStudiesOf(database, cells)
      const lines =
        rows === 'cells'
          ? cellLines(experiment, cells, studies, format)
          : trialLines(database, experiment, cells, studies, format)
      return reply
        .header('content-type', FORMATS[format].type)
        .header('content-disposition', `attachment; filename="${experiment.name}-${rows}.${format}"`)
        .send(bodyOf(lines) as never)
    },
  )
}

const CELL_COLUMNS = [
  'experiment',
  'arm',
  'seed',
  'study',
  'state',
  'endpoint',
  'sealed',
  'best',
  'worth',
  'trials',
  'trainSeconds',
  'endpointSeconds',
  'oomRate',
  'dollars',
  'llmCalls',
  'llmSeconds',
  'advised',
  'fallbacks',
  'added',
  'reason',
  'startedAt',
  'endedAt',
] as const

type Format = keyof typeof FORMATS

async function* cellLines(
  { name: experiment }: ExperimentRow,
  cells: readonly CellRow[],
  studies: Map<string, StudyRow>,
  format: Format,
): AsyncGenerator<string> {
  const rows = cells.map((cell) => ({ experiment, ...viewCell(cell, studies) }))
  if (format === 'jsonl') {
    for (const row of rows) yield `${JSON.stringify(row)}\n`
    return
  }
  const table = FORMATS[format]
  yield tableLine(table, [...CELL_COLUMNS, 'runs', 'recommended'])
  for (const row of rows) {
    const fields: Readonly<Record<string, unknown>> = row
    const recommended = fields.recommended as { readonly params: object } | undefined
    yield tableLine(table, [
      ...CELL_COLUMNS.map((column) => fields[column] ?? undefined),
      fields.runs && JSON.stringify(fields.runs),
      recommended && JSON.stringify(recommended.params),
    ])
  }
}

type CellTrial = ExportedTrial & { readonly experiment: string; readonly arm: string; readonly seed: number }

async function* trialLines(
  database: Database,
  experiment: ExperimentRow,
  cells: readonly CellRow[],
  studies: Map<string, StudyRow>,
  format: Format,
): AsyncGenerator<string> {
  const trials = everyCellTrial(database, experiment, cells, studies)
  if (format === 'jsonl') yield* asJsonLines(trials)
  else yield* asTable(trials, parametersOf(cells, studies), FORMATS[format])
}

async function* asTable(
  trials: AsyncIterable<CellTrial>,
  names: readonly string[],
  table: Table,
): AsyncGenerator<string> {
  yield tableLine(table, ['experiment', 'arm', 'seed', ...trialHeads(names)])
  for await (const trial of trials)
    yield tableLine(table, [trial.experiment, trial.arm, trial.seed, ...trialCells(trial, names)])
}

async function* everyCellTrial(
  database: Database,
  { name: experiment }: ExperimentRow,
  cells: readonly CellRow[],
  studies: Map<string, StudyRow>,
): AsyncGenerator<CellTrial> {
  for (const { arm, seed, studyId } of cells) {
    const study = studyId === null ? undefined : studies.get(studyId)
    if (study === undefined) continue
    for await (const trial of exported(study, everyTrial(database, study.id)))
      yield { experiment, arm, seed, ...trial }
  }
}

/** Of all arms, whose spaces may differ. */
function parametersOf(cells: readonly CellRow[], studies: Map<string, StudyRow>): string[] {
  const byArm = new Map(
    cells.flatMap(({ arm, studyId }) => (studyId === null ? [] : [[arm, studies.get(studyId)]])),
  )
  const names = [...byArm.values()].flatMap((study) =>
    study === undefined ? [] : decodeSpec(study.spec).space.parameters.map(({ name }) => name),
  )
  return [...new Set(names)]
}
