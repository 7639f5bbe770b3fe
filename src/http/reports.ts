/** Routes that write the report of a study or of an experiment: one file, to read, to print and to send. */
import { z } from 'zod'
import type { ExperimentFigure } from '../../charts/experiment/facts.js'
import { experimentFigures } from '../../charts/experiment/figures.js'
import { svgFile } from '../../charts/svg.js'
import { LIGHT, themeOf } from '../../charts/theme.js'
import { Fault } from '../faults.js'
import { type Block, reportBlocks } from '../report/blocks.js'
import { experimentBlocks, experimentReportFigures } from '../report/experiment-blocks.js'
import { type ExperimentReport, readExperimentReport } from '../report/experiment-data.js'
import { type ReportFigure, reportFigures } from '../report/figures.js'
import { reportHtml } from '../report/html.js'
import { reportMarkdown } from '../report/markdown.js'
import { readReport } from '../report/read-report.js'
import { experimentPath } from './experiment-schemas.js'
import { FORMATS, tableLine } from './file-formats.js'
import type { Routes } from './routes.js'
import { faults, studyPath } from './schemas.js'

const TYPES = { html: 'text/html', md: 'text/markdown', svg: 'image/svg+xml' } as const

/** The file has its styles in itself, and no script. */
const REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

export const reportRoutes: Routes = (app, service) => {
  app.get(
    '/studies/:study/report',
    {
      schema: {
        operationId: 'getReport',
        tags: ['studies'],
        summary: 'Write the report of a study',
        description:
          'One self-contained file without scripts: progress, best configuration, the top five and how they differ, importances, sources, failures, cost, and provenance. `svg` is one of its figures, named by `figure`.',
        params: studyPath,
        querystring: z.strictObject({
          format: z.enum(['html', 'md', 'svg']).default('html'),
          figure: z
            .string()
            .max(50)
            .optional()
            .meta({ description: 'With `svg`: progress, importances, slices, sources, failures, cost, …' }),
          prompts: z
            .stringbool()
            .default(false)
            .meta({ description: 'With the first calls of the language model.' }),
        }),
        response: {
          200: fileOf(Object.values(TYPES)),
          ...faults(400, 404),
        },
      },
    },
    async ({ params, query: { format, figure, prompts } }, reply) => {
      const data = await readReport(service, params.study, { prompts })
      return reply
        .header('content-type', `${TYPES[format]}; charset=utf-8`)
        .header('content-security-policy', REPORT_POLICY)
        .send(studyFile(data, format, figure) as never)
    },
  )

  app.get(
    '/experiments/:experiment/report',
    {
      schema: {
        operationId: 'getExperimentReport',
        tags: ['experiments'],
        summary: 'Write the report of an experiment',
        description:
          'One self-contained file without scripts: what the plan can show, arms, contrasts, curves over time, the share of an advisor, seeds, cost, failed cells, and provenance. As far as it has come. `svg` and `csv` are one of its figures and the numbers behind it, named by `figure`.',
        params: experimentPath,
        querystring: z.strictObject({
          format: z.enum(['html', 'md', 'svg', 'csv']).default('html'),
          figure: z
            .string()
            .max(50)
            .optional()
            .meta({ description: 'With `svg` or `csv`: arms, differences, ratio, anytime, seeds, cost, …' }),
        }),
        response: {
          200: fileOf([...Object.values(TYPES), CSV]),
          ...faults(400, 404),
        },
      },
    },
    async ({ params, query: { format, figure } }, reply) => {
      const data = await readExperimentReport(service, params.experiment)
      return reply
        .header('content-type', `${format === 'csv' ? CSV : TYPES[format]}; charset=utf-8`)
        .header('content-security-policy', REPORT_POLICY)
        .send(experimentFile(data, format, figure) as never)
    },
  )
}

const CSV = 'text/csv'

function fileOf(types: readonly string[]) {
  return {
    description: 'The file.',
    content: Object.fromEntries(types.map((type) => [type, { schema: z.string() }])),
  }
}

function studyFile(
  data: Awaited<ReturnType<typeof readReport>>,
  format: keyof typeof TYPES,
  figure: string | undefined,
): string {
  if (format === 'svg') return svgOf(named(reportFigures(data), figure, 'study'))
  return documentOf(data.name, `/studies/${data.name}`, reportBlocks(data), format)
}

function experimentFile(
  data: ExperimentReport,
  format: keyof typeof TYPES | 'csv',
  figure: string | undefined,
): string {
  const { experiment, analysis } = data
  if (format === 'svg') return svgOf(named(experimentReportFigures(data), figure, 'experiment'))
  if (format === 'csv') return csvOf(named(experimentFigures(experiment, analysis), figure, 'experiment'))
  return documentOf(experiment.name, `/experiments/${experiment.name}`, experimentBlocks(data), format)
}

function documentOf(name: string, path: string, blocks: readonly Block[], format: 'html' | 'md'): string {
  const title = `Report of ${name}`
  if (format === 'html') return reportHtml(title, blocks)
  return reportMarkdown(title, blocks, (figure) => `${path}/report?format=svg&figure=${figure}`)
}

function csvOf({ csv }: ExperimentFigure): string {
  return csv()
    .map((row) =>
      tableLine(
        FORMATS.csv,
        row.map((cell) => cell ?? undefined),
      ),
    )
    .join('')
}

function svgOf({ scene }: ReportFigure): string {
  return svgFile(scene, themeOf(LIGHT))
}

function named<Figure extends { readonly name: string }>(
  figures: readonly Figure[],
  name: string | undefined,
  of: string,
): Figure {
  const found = figures.find((figure) => figure.name === name)
  if (found) return found
  const names = figures.map((figure) => figure.name).join(', ')
  const message = `names a figure of the report, and this ${of} has ${names || 'none yet'}`
  throw new Fault('invalid_request', `figure ${message}`, { errors: [{ path: 'figure', message }] })
}
