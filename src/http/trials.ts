/** Routes that queue, import, cancel, list and show trials. */
import { z } from 'zod'
import { annotationChange } from '../domain/annotation.js'
import { TRIAL_STATES } from '../domain/enums.js'
import { importedTrial } from '../domain/imported-trial.js'
import { enqueueSchemaWithin, type GivenTrial, idempotencyKey } from '../domain/tell.js'
import type { StudyQueues } from '../engine/study-queue.js'
import { Fault } from '../faults.js'
import { readStudy } from '../studies/read-studies.js'
import { annotateTrial } from '../trials/commands/annotate.js'
import { cancel } from '../trials/commands/cancel.js'
import { type Enqueued, enqueue } from '../trials/commands/enqueue.js'
import { importTrials } from '../trials/commands/import-trials.js'
import { readComparisons } from '../trials/queries/pruning-comparisons.js'
import { listBest, listTrials, readTrial, showTrial } from '../trials/queries/read-trials.js'
import { viewTrial } from '../trials/queries/trial-view.js'
import { fromCursor, toCursor } from './cursor.js'
import { readPage } from './pages.js'
import type { Routes } from './routes.js'
import { faults, numberInUrl, ordinalSchema, pageQuery, studyPath, trialPath } from './schemas.js'
import { comparedReportSchema, enqueuedSchema, trialDetailSchema, trialSchema } from './trial-schemas.js'

export const trialRoutes: Routes = (app, { database, queues, studyIds, limits }) => {
  const tags = ['trials']

  app.post(
    '/studies/:study/trials/:number/cancel',
    {
      schema: {
        operationId: 'cancelTrial',
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
        operationId: 'enqueueTrial',
        tags,
        summary: 'Queue a configuration, or import a trial that ran elsewhere',
        description:
          'Without an outcome the configuration is queued; if the study already has it, the answer is 200 with that trial. Missing parameters take their defaults. A value outside the space is refused, or moved into it where `repair` is true. With an outcome, or as it was exported, the trial is imported as told, and costs no budget; one with an identity (an idempotency key, or the trial that it was exported from) is imported once.',
        params: studyPath,
        headers: z.looseObject({
          'idempotency-key': idempotencyKey.optional().meta({ description: 'As `idempotencyKey`.' }),
        }),
        body: enqueueSchemaWithin(limits).meta({
          id: 'Enqueue',
          examples: [{ params: { x: 1.5, lr: 0.01 } }],
        }),
        response: { 200: enqueuedSchema, 201: enqueuedSchema, ...faults(400, 404, 409) },
      },
    },
    async ({ params, headers, body }, reply) => {
      const key = headers['idempotency-key']
      const take = takeIn({ ...(key !== undefined && { idempotencyKey: key }), ...body })
      return studyIds.remember(params.study, async (id) => {
        const { number, created, repairs } = await take(queues, id)
        const stored = viewTrial(await readTrial(database, id, number))
        return reply
          .status(created ? 201 : 200)
          .send({ ...stored, ...(repairs && { repairs: [...repairs] }) })
      })
    },
  )

  app.get(
    '/studies/:study/trials',
    {
      schema: {
        operationId: 'listTrials',
        tags,
        summary: 'List trials by number',
        params: studyPath,
        querystring: pageQuery(limits).extend({
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
      const { shown, next } = await readPage(
        { limit, mostBytes: limits.pageBytes },
        (last, most) => listTrials(database, id, filter, last?.number ?? after, most),
        viewTrial,
      )
      return { trials: shown, ...(next && { nextCursor: toCursor('trials', next.number) }) }
    },
  )

  app.get(
    '/studies/:study/trials/:number/pruning',
    {
      schema: {
        operationId: 'getPruning',
        tags,
        summary: 'Show what the pruning rule compares the reports of a trial with',
        description:
          'By the trials that there are now, so a threshold may have been another when the report came. Of more than 40 reports an even sample.',
        params: trialPath,
        response: {
          200: z.object({
            rule: z.enum(['median', 'halving', 'forecast']).nullable().meta({
              description: 'Null where the study prunes nothing.',
            }),
            reports: z.array(comparedReportSchema),
          }),
          ...faults(404),
        },
      },
    },
    async ({ params }) => {
      const { id, spec } = await readStudy(database, params.study)
      const { number } = await readTrial(database, id, params.number)
      const { pruning, objective } = spec
      if (pruning === undefined) return { rule: null, reports: [] }
      return {
        rule: pruning.rule,
        reports: await readComparisons(database, id, number, pruning, objective.direction),
      }
    },
  )

  app.get(
    '/studies/:study/best',
    {
      schema: {
        operationId: 'listBestTrials',
        tags,
        summary: 'List the best complete trials, best first',
        description: 'By their observed values, without the repeats that confirm them.',
        params: studyPath,
        querystring: z.strictObject({ count: numberInUrl(z.number().int().min(1).max(100).default(5)) }),
        response: { 200: z.object({ trials: z.array(trialSchema) }), ...faults(400, 404) },
      },
    },
    async ({ params, query: { count } }) => {
      const { id, spec } = await readStudy(database, params.study)
      const sign = spec.objective.direction === 'maximize' ? -1 : 1
      return { trials: (await listBest(database, id, sign, count)).map(viewTrial) }
    },
  )

  app.patch(
    '/studies/:study/trials/:number',
    {
      schema: {
        operationId: 'annotateTrial',
        tags,
        summary: 'Put a note or tags on a trial',
        description: 'Stored with the event `noted`. What is left out stays as it is.',
        params: trialPath,
        body: annotationChange,
        response: { 200: trialSchema, ...faults(400, 404) },
      },
    },
    ({ params, body }) =>
      studyIds.remember(params.study, (id) => queues.run(id, annotateTrial(params.number, body))),
  )

  app.get(
    '/studies/:study/trials/:number',
    {
      schema: {
        operationId: 'getTrial',
        tags,
        summary: 'Show a trial with its attempts and reports',
        params: trialPath,
        response: { 200: trialDetailSchema, ...faults(404) },
      },
    },
    ({ params }) => studyIds.remember(params.study, (id) => showTrial(database, id, params.number)),
  )
}

/** The command of a request: queue a configuration, or import a trial that ran elsewhere. */
function takeIn({
  repair = false,
  ...given
}: GivenTrial): (queues: StudyQueues, id: string) => Promise<Enqueued> {
  const trial = importedTrial(given)
  if (trial === undefined) {
    const { params, idempotencyKey: _, state, ...told } = given
    if (state !== undefined)
      refuse('state', `says that it is ${state}, without a result: send its params alone to queue it`)
    return (queues, id) => queues.run(id, enqueue(params, told, repair))
  }
  if (repair) refuse('repair', 'is for a configuration that is to run: what ran is taken in as it ran')
  return async (queues, id) => (await queues.run(id, importTrials([{ place: '', trial }])))[0]!
}

function refuse(path: string, message: string): never {
  throw new Fault('invalid_request', `${path} ${message}`, { errors: [{ path, message }] })
}
