/** Route that runs the best configurations of a study again. */
import { z } from 'zod'
import { requestConfirmation } from '../trials/commands/request-confirmation.js'
import type { Routes } from './routes.js'
import { faults, studyPath } from './schemas.js'

const confirmationSchema = z
  .strictObject({
    top: z.number().int().min(1).max(20).meta({ description: 'How many of the best configurations.' }),
    repeats: z.number().int().min(1).max(20).default(5),
  })
  .meta({ id: 'Confirmation', examples: [{ top: 3, repeats: 5 }] })

export const confirmationRoutes: Routes = (app, { queues, studyIds }) => {
  app.post(
    '/studies/:study/confirm',
    {
      schema: {
        operationId: 'confirmBestTrials',
        tags: ['trials'],
        summary: 'Queue the best configurations to run again',
        description:
          'The best observed value is the luckiest: repeats tell what it is worth. The runs take their places in the budget; a finished study gets as many more trials, and goes on. The summary shows their means.',
        params: studyPath,
        body: confirmationSchema,
        response: {
          201: z.object({
            trials: z.array(z.number()).meta({ description: 'The numbers of the queued trials.' }),
          }),
          ...faults(400, 404, 409),
        },
      },
    },
    async ({ params, body }, reply) => {
      const { top, repeats } = body
      const trials = await studyIds.remember(params.study, (id) =>
        queues.run(id, requestConfirmation(top, repeats)),
      )
      return reply.status(201).send({ trials })
    },
  )
}
