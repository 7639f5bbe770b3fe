/** Routes that show what a model of a study's trials says: which parameters matter, and what it expects where. */
import { z } from 'zod'
import { readStudy } from '../studies/read-studies.js'
import { expectationsSchema, importancesSchema, surfaceSchema } from './importance-schemas.js'
import { asAnswer } from './mutable.js'
import type { Routes } from './routes.js'
import { faults, numberInUrl, ordinalSchema, studyPath } from './schemas.js'

const parameterName = z.string().min(1).max(200)

export const importanceRoutes: Routes = (app, { database, models }) => {
  const tags = ['studies']

  app.get(
    '/studies/:study/importances',
    {
      schema: {
        operationId: 'getImportances',
        tags,
        summary: 'Say which parameters matter',
        description:
          'By a Gaussian process fitted to the study’s trials, whatever proposed them: Sobol’s total indices, and local importance at the recommendation. Computed beside the requests and kept until another trial ends; of more than 1 000 trials the best and an even sample are used. Nothing is said where the model explains less than a tenth of trials that it has not seen.',
        params: studyPath,
        response: { 200: importancesSchema, ...faults(404) },
      },
    },
    async ({ params }) => models.importances(await readStudy(database, params.study)),
  )

  app.get(
    '/studies/:study/expectations',
    {
      schema: {
        operationId: 'getExpectations',
        tags,
        summary: 'Say what the model expects of advice, and of the optimizer’s own points',
        description:
          'Of the latest 300 trials that ran what an advisor said, in hindsight: the model has learned from all trials, these among them. The optimizer’s own points did not run, so their sd is larger.',
        params: studyPath,
        response: { 200: expectationsSchema, ...faults(404) },
      },
    },
    async ({ params }) => asAnswer(await models.adviceExpectations(await readStudy(database, params.study))),
  )

  app.get(
    '/studies/:study/surface',
    {
      schema: {
        operationId: 'getSurface',
        tags,
        summary: 'Show what the model expects over one or two parameters',
        description:
          'The posterior mean and standard deviation of the objective without noise, on a grid. The other parameters are held at the recommendation, or at those of a trial.',
        params: studyPath,
        querystring: z.strictObject({
          x: parameterName,
          y: parameterName.optional(),
          size: numberInUrl(z.number().int().min(2).max(64).default(32)).meta({
            description: 'Places on the axis of a parameter that has more values.',
          }),
          number: numberInUrl(ordinalSchema).optional(),
        }),
        response: { 200: surfaceSchema, ...faults(400, 404) },
      },
    },
    async ({ params, query: { y, number, ...query } }) => {
      const row = await readStudy(database, params.study)
      return models.surface(row, {
        ...query,
        ...(y !== undefined && { y }),
        ...(number !== undefined && { number }),
      })
    },
  )
}
