/** Route that shows the end of a trial's log, where this server has run it. */
import { z } from 'zod'
import { readLog } from '../dispatch/jobs/read-log.js'
import { Fault } from '../faults.js'
import { readStudy, type StudyRow } from '../studies/read-studies.js'
import { readTrial } from '../trials/queries/read-trials.js'
import type { Routes } from './routes.js'
import { faults, numberInUrl, ordinalSchema, trialPath } from './schemas.js'

const logSchema = z
  .object({
    number: z.number(),
    attempt: z.number(),
    tail: z.string(),
    bytes: z.number().meta({ description: 'How much of the log is kept: its beginning and its end.' }),
    cut: z.boolean().meta({ description: 'Whether there is more before the tail.' }),
  })
  .meta({ id: 'Log' })

export const logRoutes: Routes = (app, { database, trainers, trialsFolder }) => {
  app.get(
    '/studies/:study/trials/:number/log',
    {
      schema: {
        operationId: 'getTrialLog',
        tags: ['trials'],
        summary: 'Show the end of a trial’s log',
        description:
          'Of the last attempt, or of another one. Only the server that ran the trial has its log; 404 `log_not_found` says where it may be.',
        params: trialPath,
        querystring: z.strictObject({
          tail: numberInUrl(
            z
              .number()
              .int()
              .min(1)
              .max(2 ** 18)
              .default(2 ** 14),
          ).meta({
            description: 'At most so many bytes.',
          }),
          attempt: numberInUrl(ordinalSchema).optional(),
        }),
        response: { 200: logSchema, ...faults(400, 404) },
      },
    },
    async ({ params, query }) => {
      const study = await readStudy(database, params.study)
      const trial = await readTrial(database, study.id, params.number)
      const attempt = query.attempt ?? trial.attempt
      const place = { study: study.id, number: trial.number, attempt }
      const found = await readLog(trialsFolder, place, query.tail)
      if (found) return { number: trial.number, attempt, ...found }
      const kind = trainers.get(study.spec.trainer ?? '')?.profile.kind
      throw new Fault('log_not_found', whyMissing(study, { ...place, worker: trial.worker }, kind))
    },
  )
}

interface Place {
  readonly number: number
  readonly attempt: number
  readonly worker: string | null
}

function whyMissing(
  { spec: { trainer } }: StudyRow,
  { number, attempt, worker }: Place,
  kind: string | undefined,
): string {
  if (attempt === 0) return `Trial ${number} has not run here: it has no log`
  if (trainer === undefined)
    return `Trial ${number} ran in a worker of your own${worker === null ? '' : `, ${worker}`}: its output is there`
  if (kind === 'simulated')
    return `Trial ${number} was simulated by ${trainer}: no process ran, so there is no log`
  return `This server has no folder of attempt ${attempt} of trial ${number}: another server ran it, or the folder was removed`
}
