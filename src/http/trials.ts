/** Routes that queue, import, cancel, list and show trials. */
import { z } from 'zod'
import { TRIAL_STATES } from '../domain/enums.js'
import { enqueueSchema } from '../domain/tell.js'
import { readStudy } from '../studies/read-studies.js'
import { cancel } from '../trials/commands/cancel.js'
import { enqueue, importResult } from '../trials/commands/enqueue.js'
import { listTrials, readTrial, showTrial } from '../trials/queries/read-trials.js'
import { viewTrial } from '../trials/queries/trial-view.js'
import { fromCursor, toCursor } from './cursor.js'
import type { Routes } from './routes.js'
import { faults, ordinalSchema, pageQuery, studyPath, trialPath } from './schemas.js'
import { trialDetailSchema, trialSchema } from './trial-schemas.js'

export const trialRoutes: Routes = (app, { database, queues, studyIds }) => {
  const tags = ['trials']

  app.post(
    '/studies/:study/trials/:number/cancel',
    {
      schema: {
        tags,
        summary: 'Cancel a queued or running trial',
        description: 'Frees its place in the budget. Its worker gets 409 `lease_lost` at its next call.',
        params: trialPath,
        response: { 200: trialSchema, ...faults(404, 409) },
      },
    },
    ({ params }) => studyIds.remember(params.study, (id) => queues.run(id, cancel(params.number))),
  )

  app.post(
    '/studies/:study/trials',
    {
      schema: {
        tags,
        summary: 'Queue a configuration, or import a trial that ran elsewhere',
        description:
          'Without an outcome the configuration is queued; if the study already has it, the answer is 200 with that trial. With an outcome the trial is imported as told, and costs no budget.',
        params: studyPath,
        body: enqueueSchema,
        response: { 200: trialSchema, 201: trialSchema, ...faults(400, 404, 409) },
      },
    },
    async (request, reply) => {
      const { params: given, outcome, ...told } = request.body
      const command = outcome === undefined ? enqueue(given, told) : importResult(given, { outcome, ...told })
      const { id, number, created } = await studyIds.remember(request.params.study, async (id) => ({
        id,
        ...(await queues.run(id, command)),
      }))
      return reply.status(created ? 201 : 200).send(viewTrial(await readTrial(database, id, number)))
    },
  )

  app.get(
    '/studies/:study/trials',
    {
      schema: {
        tags,
        summary: 'List trials by number',
        params: studyPath,
        querystring: pageQuery.extend({
          state: z.enum(TRIAL_STATES).optional(),
          source: z
            .string()
            .regex(/^[\x20-\x7e]{1,100}$/)
            .optional(),
        }),
        response: {
          200: z.object({ trials: z.array(trialSchema), nextCursor: z.string().optional() }),
          ...faults(400, 404),
        },
      },
    },
    async ({ params, query: { cursor, limit, ...filter } }) => {
      const { id } = await readStudy(database, params.study)
      const after = cursor === undefined ? -1 : fromCursor('trials', cursor, z.tuple([ordinalSchema]))[0]
      const rows = await listTrials(database, id, filter, after, limit)
      const more = rows.length === limit
      return {
        trials: rows.map(viewTrial),
        ...(more && { nextCursor: toCursor('trials', rows.at(-1)!.number) }),
      }
    },
  )

  app.get(
    '/studies/:study/trials/:number',
    {
      schema: {
        tags,
        summary: 'Show a trial with its attempts and reports',
        params: trialPath,
        response: { 200: trialDetailSchema, ...faults(404) },
      },
    },
    ({ params }) => studyIds.remember(params.study, (id) => showTrial(database, id, params.number)),
  )
}
