/** Routes of trials: the ask/tell loop, and what is read of them. */
import { z } from 'zod'
import { TRIAL_STATES } from '../domain/enums.js'
import { importedTrial } from '../domain/imported-trial.js'
import { token } from '../domain/spec.js'
import { enqueueSchema, type GivenTrial, idempotencyKey, tellSchema } from '../domain/tell.js'
import type { StudyQueues } from '../engine/study-queue.js'
import { Fault } from '../faults.js'
import { readStudy } from '../studies/read-studies.js'
import { ask } from '../trials/commands/ask.js'
import { cancel } from '../trials/commands/cancel.js'
import { type Enqueued, enqueue } from '../trials/commands/enqueue.js'
import { importTrials } from '../trials/commands/import-trials.js'
import { tell } from '../trials/commands/tell.js'
import { listTrials, readTrial, showTrial } from '../trials/queries/read-trials.js'
import { viewTrial } from '../trials/queries/trial-view.js'
import { forecastOutcome } from '../trials/reports/forecast.js'
import { renewLease } from '../trials/reports/heartbeat.js'
import { recordReport } from '../trials/reports/report.js'
import { fromCursor, toCursor } from './cursor.js'
import type { Routes } from './routes.js'
import {
  asked,
  decision,
  enqueued,
  faults,
  ordinal,
  page,
  studyPath,
  trial,
  trialPath,
  trialShown,
} from './schemas.js'
import { askAndWait } from './waiting-ask.js'

const askBody = z
  .strictObject({
    worker: z
      .string()
      .min(1)
      .max(200)
      .meta({ description: 'Who asks, one name for each slot. It gets its own open trials back first.' }),
    count: z
      .number()
      .int()
      .min(1)
      .max(64)
      .default(1)
      .meta({ description: 'How many trials it wants to hold.' }),
    wait: z
      .number()
      .min(0)
      .max(60)
      .default(0)
      .meta({ description: 'Seconds to wait where there is nothing to do yet.' }),
  })
  .meta({ id: 'Ask', examples: [{ worker: 'gpu-0' }] })

const NO_TOKEN = '00000000-0000-4000-8000-000000000000'
const TELL_NOTE = 'Put in the token that the ask gave.'

const reportBody = z
  .strictObject({
    token,
    step: z
      .number()
      .int()
      .min(0)
      .max(2 ** 31 - 1),
    value: z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]),
  })
  .meta({ id: 'Report', examples: [{ token: NO_TOKEN, step: 1, value: 0.5 }] })

export const trialRoutes: Routes = (app, { database, queues, studyIds, notifier, metrics }) => {
  const tags = ['trials']

  app.post(
    '/studies/:study/ask',
    {
      schema: {
        tags,
        summary: 'Ask for trials',
        description:
          "The worker's own open trials come first, then what is queued, then what the optimizer proposes. No trial is no error: `reason` says why.",
        params: studyPath,
        body: askBody,
        response: { 200: asked, ...faults(400, 404, 503) },
      },
    },
    async (request) => {
      const { worker, count, wait } = request.body
      return studyIds.remember(request.params.study, async (id, name) => {
        const take = () => queues.run(id, ask(worker, count))
        const given = await askAndWait(take, id, wait, notifier, request)
        metrics.asked(name, given.trials.length)
        return given
      })
    },
  )

  app.post(
    '/studies/:study/trials/:number/tell',
    {
      schema: {
        tags,
        summary: 'Tell what came of a trial',
        description: `The same tell again answers 200 with what is stored; another one 409 with what is stored. ${TELL_NOTE}`,
        params: trialPath,
        body: tellSchema,
        response: { 200: trial, ...faults(400, 404, 409, 503) },
      },
    },
    ({ params, body: { token, ...told } }) =>
      studyIds.remember(params.study, async (id, name) => {
        const foreseen = await forecastOutcome(database, id, params.number, told)
        const settled = await queues.run(id, tell(params.number, token, told, foreseen))
        metrics.told(name, settled.failure ?? settled.state)
        return settled
      }),
  )

  app.post(
    '/studies/:study/trials/:number/heartbeat',
    {
      schema: {
        tags,
        summary: 'Keep the lease',
        description: TELL_NOTE,
        params: trialPath,
        body: z.strictObject({ token }).meta({ id: 'Heartbeat', examples: [{ token: NO_TOKEN }] }),
        response: { 200: z.object({ expiresAt: z.iso.datetime() }), ...faults(400, 404, 409) },
      },
    },
    async ({ params, body }) => {
      const { expiresAt } = await studyIds.remember(params.study, (id) =>
        renewLease(database, id, params.number, body.token),
      )
      return { expiresAt }
    },
  )

  app.post(
    '/studies/:study/trials/:number/report',
    {
      schema: {
        tags,
        summary: 'Report a value on the way',
        description: `Keeps the lease too, and answers whether to go on. A trial that is stopped is told as \`pruned\`. ${TELL_NOTE}`,
        params: trialPath,
        body: reportBody,
        response: { 200: decision, ...faults(400, 404, 409) },
      },
    },
    ({ params, body }) =>
      studyIds.remember(params.study, (id) => recordReport(database, id, params.number, body)),
  )

  app.post(
    '/studies/:study/trials/:number/cancel',
    {
      schema: {
        tags,
        summary: 'Cancel a queued or running trial',
        description:
          'Its place in the budget is free again; its worker hears 409 `lease_lost` at its next call.',
        params: trialPath,
        response: { 200: trial, ...faults(404, 409) },
      },
    },
    ({ params }) => studyIds.remember(params.study, (id) => queues.run(id, cancel(params.number))),
  )

  app.post(
    '/studies/:study/trials',
    {
      schema: {
        tags,
        summary: 'Queue a configuration, or bring in a trial that ran elsewhere',
        description:
          'Without an outcome it is queued, once: a configuration that the study has already answers 200 with that trial. Missing parameters take their defaults; a value that is not in the space is refused, or moved where `repair` is true. With an outcome, or as it was exported, it is taken in as told, and costs no budget; one that says who it is (an idempotency key, or where it was exported from) is taken in once.',
        params: studyPath,
        headers: z.looseObject({
          'idempotency-key': idempotencyKey.optional().meta({ description: 'As `idempotencyKey`.' }),
        }),
        body: enqueueSchema,
        response: { 200: enqueued, 201: enqueued, ...faults(400, 404, 409) },
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
        tags,
        summary: 'List trials by number',
        params: studyPath,
        querystring: page.extend({
          state: z.enum(TRIAL_STATES).optional(),
          source: z
            .string()
            .regex(/^[\x20-\x7e]{1,100}$/)
            .optional(),
        }),
        response: {
          200: z.object({ trials: z.array(trial), nextCursor: z.string().optional() }),
          ...faults(400, 404),
        },
      },
    },
    async ({ params, query: { cursor, limit, ...filter } }) => {
      const { id } = await readStudy(database, params.study)
      const after = cursor === undefined ? -1 : fromCursor('trials', cursor, z.tuple([ordinal]))[0]
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
        response: { 200: trialShown, ...faults(404) },
      },
    },
    ({ params }) => studyIds.remember(params.study, (id) => showTrial(database, id, params.number)),
  )
}

/** Queues what is to run, and brings in what ran elsewhere. */
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
