/** Route that shows how the best value came about: by all trials, and by each source. */
import { z } from 'zod'
import { readStudy } from '../studies/read-studies.js'
import { noiseOf, spentOf, wallSeconds } from '../studies/spent.js'
import { readProgress, type Series } from '../trials/queries/progress.js'
import type { Routes } from './routes.js'
import { faults, studyPath } from './schemas.js'
import { noiseSchema, spentSchema } from './study-schemas.js'

const spentThen = spentSchema.extend({
  wallSeconds: z.number().meta({ description: 'Since the study was created.' }),
})

const progressSchema = z
  .object({
    study: z.string(),
    seq: z.number(),
    metric: z.string(),
    direction: z.enum(['minimize', 'maximize']),
    noise: noiseSchema,
    now: spentThen.meta({ description: 'What the study has spent: where the lines end.' }),
    series: z.array(
      z.object({
        source: z.string().nullable().meta({ description: 'null: all sources together.' }),
        trials: z.number().meta({ description: 'Trials of this source that have ended.' }),
        steps: z.array(
          z.object({
            number: z.number(),
            value: z.number(),
            ...spentThen.shape,
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
      const noise = noiseOf(row)
      const series = await readProgress(database, row.id, { sign: direction === 'maximize' ? -1 : 1, noise })
      return {
        study: row.name,
        seq: row.seq,
        metric,
        direction,
        noise,
        now: { ...spentOf(row), wallSeconds: wallSeconds(row) },
        series: series.map(mutable),
      }
    },
  )
}

function mutable({ steps, ...series }: Series) {
  return { ...series, steps: [...steps] }
}
