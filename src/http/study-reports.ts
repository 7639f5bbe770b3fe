/** Routes that report on a study: its summary, its incumbents, and the state of its search. */
import { z } from 'zod'
import { readSearch } from '../engine/read-command.js'
import { readCellOf } from '../experiments/read-experiments.js'
import { readConfirmed } from '../studies/confirmed-best.js'
import { readStudy } from '../studies/read-studies.js'
import { readRecommendation } from '../studies/recommendation.js'
import { summarize } from '../studies/summary.js'
import { listIncumbents, type StoredIncumbent } from '../trials/queries/read-trials.js'
import { fromCursor, toCursor } from './cursor.js'
import { readPage } from './pages.js'
import type { Routes } from './routes.js'
import { faults, ordinalSchema, pageQuery, studyPath } from './schemas.js'
import { incumbentSchema, searchDescriptionSchema, summarySchema } from './study-schemas.js'

export const studyReportRoutes: Routes = (app, { database, queues, limits, models }) => {
  const tags = ['studies']

  app.get(
    '/studies/:study/summary',
    {
      schema: {
        operationId: 'getSummary',
        tags,
        summary: 'Summarize a study',
        params: studyPath,
        querystring: z.strictObject({
          importances: z.stringbool().default(false).meta({ description: 'Wait for the importances, too.' }),
        }),
        response: { 200: summarySchema, ...faults(400, 404) },
      },
    },
    async ({ params, query }) => {
      const row = await readStudy(database, params.study)
      const cell = await readCellOf(database, row.id)
      const summary = {
        ...summarize(row, await readConfirmed(database, row), await readRecommendation(queues, row)),
        ...(cell && { cell }),
      }
      return query.importances ? { ...summary, importances: await models.importances(row) } : summary
    },
  )

  app.get(
    '/studies/:study/incumbents',
    {
      schema: {
        operationId: 'listIncumbents',
        tags,
        summary: 'List the incumbents, first to last',
        params: studyPath,
        querystring: pageQuery(limits),
        response: {
          200: z.object({ incumbents: z.array(incumbentSchema), nextCursor: z.string().optional() }),
          ...faults(400, 404),
        },
      },
    },
    async ({ params, query: { cursor, limit } }) => {
      const { id } = await readStudy(database, params.study)
      const after = cursor === undefined ? 0 : fromCursor('incumbents', cursor, z.tuple([ordinalSchema]))[0]
      const { shown, next } = await readPage(
        { limit, mostBytes: limits.pageBytes },
        (last, most) => listIncumbents(database, id, last?.seq ?? after, most),
        (row: StoredIncumbent) => row,
      )
      return { incumbents: shown, ...(next && { nextCursor: toCursor('incumbents', next.seq) }) }
    },
  )

  app.get(
    '/studies/:study/optimizer',
    {
      schema: {
        operationId: 'getOptimizer',
        tags,
        summary: 'Describe the state of the optimizer, in natural units',
        params: studyPath,
        response: { 200: searchDescriptionSchema, ...faults(404) },
      },
    },
    async ({ params }) => {
      const { id } = await readStudy(database, params.study)
      return queues.run(
        id,
        readSearch((search) => search.describe()),
      )
    },
  )
}
