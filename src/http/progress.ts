/** Route that shows how the best value came about: by all trials, and by each source. */
import { z } from 'zod'
import { endedTrials } from '../domain/counters.js'
import { readStudy, type StudyRow } from '../studies/read-studies.js'
import { readProgress, type Series } from '../trials/queries/progress.js'
import type { Routes } from './routes.js'
import { faults, studyPath } from './schemas.js'

const spent = {
  trials: z.number().meta({ description: 'Trials that had ended, whoever proposed them.' }),
  trainSeconds: z.number(),
  wallSeconds: z.number().meta({ description: 'Since the study was created.' }),
  dollars: z.number().meta({ description: 'Of language model calls.' }),
}

const progressSchema = z
  .object({
    study: z.string(),
    seq: z.number(),
    metric: z.string(),
    direction: z.enum(['minimize', 'maximize']),
    noise: z.number().nullable().meta({
      description: 'Standard deviation of repeated measurements, as given or as estimated from repeats.',
    }),
    now: z.object(spent).meta({ description: 'What the study has spent: where the lines end.' }),
    series: z.array(
      z.object({
        source: z.string().nullable().meta({ description: 'null: all sources together.' }),
        trials: z.number().meta({ description: 'Trials of this source that have ended.' }),
        steps: z.array(
          z.object({
            number: z.number(),
            value: z.number(),
            ...spent,
            withinNoise: z.boolean().nullable(),
          }),
        ),
        thinned: z
          .literal(true)
          .optional()
          .meta({ description: 'Of more than 1 000 steps some are left out.' }),
      }),
    ),
  })
  .meta({ id: 'Progress' })

export const progressRoutes: Routes = (app, { database }) => {
  app.get(
    '/studies/:study/progress',
    {
      schema: {
        operationId: 'getProgress',
        tags: ['studies'],
        summary: 'Show the best value so far, over trials, time and cost, by source',
        description:
          'One series for all trials and one for each source, with only the steps at which its best value improved. Every step says what the whole study had spent by then, so that the series share their axes. Confirmation runs are left out.',
        params: studyPath,
        response: { 200: progressSchema, ...faults(404) },
      },
    },
    async ({ params }) => {
      const row = await readStudy(database, params.study)
      const { metric, direction } = row.spec.objective
      const noise = row.spec.objective.noise ?? row.noise
      const series = await readProgress(database, row.id, { sign: direction === 'maximize' ? -1 : 1, noise })
      return {
        study: row.name,
        seq: row.seq,
        metric,
        direction,
        noise,
        now: spentNow(row),
        series: series.map(mutable),
      }
    },
  )
}

function spentNow({ counters, createdAt, updatedAt, state }: StudyRow) {
  const until = state === 'active' ? Date.now() : updatedAt.getTime()
  return {
    trials: endedTrials(counters),
    trainSeconds: counters.trainSeconds,
    wallSeconds: Math.max(0, until - createdAt.getTime()) / 1000,
    dollars: counters.advice.dollars,
  }
}

function mutable({ steps, ...series }: Series) {
  return { ...series, steps: [...steps] }
}
