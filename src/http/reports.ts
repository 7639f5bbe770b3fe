/** Route that writes the report of a study: one file, to read, to print and to send. */
import { z } from 'zod'
import { svgFile } from '../../charts/svg.js'
import { LIGHT, themeOf } from '../../charts/theme.js'
import { Fault } from '../faults.js'
import { reportBlocks } from '../report/blocks.js'
import { reportFigures } from '../report/figures.js'
import { reportHtml } from '../report/html.js'
import { reportMarkdown } from '../report/markdown.js'
import { readReport } from '../report/read-report.js'
import type { ReportData } from '../report/report-data.js'
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
          200: {
            description: 'The file.',
            content: Object.fromEntries(Object.values(TYPES).map((type) => [type, { schema: z.string() }])),
          },
          ...faults(400, 404),
        },
      },
    },
    async ({ params, query: { format, figure, prompts } }, reply) => {
      const data = await readReport(service, params.study, { prompts })
      return reply
        .header('content-type', `${TYPES[format]}; charset=utf-8`)
        .header('content-security-policy', REPORT_POLICY)
        .send(written(data, format, figure) as never)
    },
  )
}

function written(data: ReportData, format: keyof typeof TYPES, figure: string | undefined): string {
  if (format === 'svg') return figureSvg(data, figure)
  const title = `Report of ${data.name}`
  const address = (name: string) => `/studies/${data.name}/report?format=svg&figure=${name}`
  return format === 'md'
    ? reportMarkdown(title, reportBlocks(data), address)
    : reportHtml(title, reportBlocks(data))
}

function figureSvg(data: ReportData, name: string | undefined): string {
  const figures = reportFigures(data)
  const found = figures.find((figure) => figure.name === name)
  if (found) return svgFile(found.scene, themeOf(LIGHT))
  const names = figures.map((figure) => figure.name).join(', ')
  const message = `names a figure of the report, and this study has ${names || 'none yet'}`
  throw new Fault('invalid_request', `figure ${message}`, { errors: [{ path: 'figure', message }] })
}
