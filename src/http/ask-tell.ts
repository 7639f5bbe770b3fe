/** Routes of the ask/tell loop: what a worker calls while it runs trials. */
import { z } from 'zod'
import { tokenSchema } from '../domain/spec.js'
import { reportedValue, tellSchemaWithin } from '../domain/tell.js'
import { ask } from '../trials/commands/ask.js'
import { returnTrial } from '../trials/commands/return-trial.js'
import { tell } from '../trials/commands/tell.js'
import { forecastOutcome } from '../trials/reports/forecast.js'
import { renewLease } from '../trials/reports/heartbeat.js'
import { recordReport } from '../trials/reports/report.js'
import type { Routes } from './routes.js'
import { faults, studyPath, trialPath } from './schemas.js'
import { askAnswerSchema, decisionSchema, renewedLeaseSchema, trialSchema } from './trial-schemas.js'
import { askAndWait } from './waiting-ask.js'

const askBody = z
  .strictObject({
    worker: z
      .string()
      .min(1)
      .max(200)
      .meta({ description: 'The worker’s name. Give each slot its own: its open trials come back first.' }),
    count: z
      .number()
      .int()
      .min(1)
      .max(64)
      .default(1)
      .meta({ description: 'How many trials the worker wants to hold.' }),
    wait: z
      .number()
      .min(0)
      .max(60)
      .default(0)
      .meta({ description: 'How many seconds to wait for a trial when there is none yet.' }),
  })
  .meta({ id: 'Ask', examples: [{ worker: 'gpu-0' }] })

const NO_TOKEN = '00000000-0000-4000-8000-000000000000'
const TELL_NOTE = '`token` is the lease token of the ask.'

const returnBody = z
  .strictObject({
    token: tokenSchema,
    reason: z.string().min(1).max(4000).meta({ description: 'Why no trial can run on this machine now.' }),
  })
  .meta({ id: 'TrialReturn', examples: [{ token: NO_TOKEN, reason: 'no space left on device' }] })

const reportBody = z
  .strictObject({
    token: tokenSchema,
    step: z
      .number()
      .int()
      .min(0)
      .max(2 ** 31 - 1),
    value: reportedValue,
  })
  .meta({ id: 'Report', examples: [{ token: NO_TOKEN, step: 1, value: 0.5 }] })

export const askTellRoutes: Routes = (app, { database, queues, studyIds, notifier, metrics, limits }) => {
  const tags = ['trials']

  app.post(
    '/studies/:study/ask',
    {
      schema: {
        operationId: 'ask',
        tags,
        summary: 'Ask for trials',
        description:
          "Gives the worker's own open trials first, then queued configurations, then proposals of the optimizer. An empty answer is no error: `reason` says why.",
        params: studyPath,
        body: askBody,
        response: { 200: askAnswerSchema, ...faults(400, 404, 503) },
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
        operationId: 'tell',
        tags,
        summary: 'Tell the result of a trial',
        description: `Idempotent: the same tell again answers 200, another one 409, both with the stored trial. ${TELL_NOTE}`,
        params: trialPath,
        body: tellSchemaWithin(limits),
        response: { 200: trialSchema, ...faults(400, 404, 409, 503) },
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
    '/studies/:study/trials/:number/return',
    {
      schema: {
        operationId: 'returnTrial',
        tags,
        summary: 'Return a trial that cannot run here',
        description: `For a reason that is not the configuration's, such as a full disk. The trial is ready again for any worker, and the attempt does not count. Returning it twice is no fault. ${TELL_NOTE}`,
        params: trialPath,
        body: returnBody,
        response: { 200: trialSchema, ...faults(400, 404, 409, 503) },
      },
    },
    ({ params, body: { token, reason } }) =>
      studyIds.remember(params.study, (id) =>
        queues.run(id, returnTrial(params.number, token, { reason, pause: false })),
      ),
  )

  app.post(
    '/studies/:study/trials/:number/heartbeat',
    {
      schema: {
        operationId: 'heartbeat',
        tags,
        summary: 'Renew the lease of a trial',
        description: TELL_NOTE,
        params: trialPath,
        body: z
          .strictObject({ token: tokenSchema })
          .meta({ id: 'Heartbeat', examples: [{ token: NO_TOKEN }] }),
        response: { 200: renewedLeaseSchema, ...faults(400, 404, 409) },
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
        operationId: 'report',
        tags,
        summary: 'Report an intermediate value',
        description: `Also renews the lease, and answers whether to go on. Tell a stopped trial as \`pruned\`. ${TELL_NOTE}`,
        params: trialPath,
        body: reportBody,
        response: { 200: decisionSchema, ...faults(400, 404, 409) },
      },
    },
    ({ params, body }) =>
      studyIds.remember(params.study, (id) => recordReport(database, id, params.number, body)),
  )
}
