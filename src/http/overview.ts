/** Route that lists studies as an overview shows them. */
import { z } from 'zod'
import { annotation } from '../domain/annotation.js'
import { STUDY_STATES, TRIAL_STATES } from '../domain/enums.js'
import { budgetSchema } from '../domain/spec.js'
import { isStorable } from '../domain/storable-text.js'
import { countStudiesOfCells, listOverview, type OverviewRow, viewOverview } from '../studies/overview.js'
import { rateSchema } from './advice-schemas.js'
import { toCursor } from './cursor.js'
import { readPage } from './pages.js'
import type { Routes } from './routes.js'
import { cellsQuery, countsSchema, faults, pageQuery, timeSchema } from './schemas.js'
import { studyCursor } from './studies.js'

const overviewSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    seq: z.number(),
    state: z.enum(STUDY_STATES),
    reason: z.string().optional(),
    description: z.string().optional(),
    note: annotation.note,
    tags: z.array(z.string()),
    metric: z.string(),
    direction: z.enum(['minimize', 'maximize']),
    noise: z.number().optional().meta({ description: 'As the study gives it.' }),
    optimizer: z.string(),
    advisor: z.string().optional().meta({ description: 'The language model, or the advisor’s kind.' }),
    trainer: z.string().optional(),
    experiment: z.string().optional().meta({ description: 'The experiment of which it runs a cell.' }),
    trials: countsSchema(TRIAL_STATES),
    best: z
      .object({
        number: z.number(),
        value: z.number(),
        noise: z.number().nullable().meta({
          description: 'Standard deviation of repeated measurements, as given or as estimated from repeats.',
        }),
      })
      .optional(),
    spark: z
      .array(z.tuple([z.number(), z.number()]))
      .meta({ description: 'The last 32 incumbents: at how many ended trials, and the value.' }),
    budget: budgetSchema.extend({
      trialsUsed: z.number(),
      trainSecondsUsed: z.number(),
      used: rateSchema.meta({
        description: 'The largest share that is used of any limit that ends the study.',
      }),
    }),
    oomRate: z.object({ all: rateSchema, last50: rateSchema }),
    dollars: z.number(),
    llmCalls: z.number(),
    workers: z.number().meta({ description: 'Workers that have a running trial.' }),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'StudyOverview' })

const UNSTORABLE = 'has a character that no database stores (U+0000, or half a surrogate pair)'

export const overviewRoutes: Routes = (app, { database, limits }) => {
  app.get(
    '/overview',
    {
      schema: {
        operationId: 'getOverview',
        tags: ['studies'],
        summary: 'List studies with what an overview shows, newest first',
        description:
          'State, best value, its last improvements, what is spent, and who works. Without the specs.',
        querystring: pageQuery(limits).extend({
          state: z.enum(STUDY_STATES).optional(),
          search: z
            .string()
            .max(200)
            .refine(isStorable, UNSTORABLE)
            .optional()
            .meta({ description: 'Part of the name, the description or the note, in any case of letters.' }),
          tag: z.string().max(50).refine(isStorable, UNSTORABLE).optional(),
          cells: cellsQuery,
        }),
        response: {
          200: z.object({
            studies: z.array(overviewSchema),
            cells: z.number().meta({
              description: 'How many of the studies that match belong to experiments, listed or not.',
            }),
            nextCursor: z.string().optional(),
          }),
          ...faults(400),
        },
      },
    },
    async ({ query: { cursor, limit, ...filter } }) => {
      const after = cursor === undefined ? undefined : studyCursor('overview', cursor)
      const now = new Date()
      const { shown, next } = await readPage(
        { limit, mostBytes: limits.pageBytes },
        (last: OverviewRow | undefined, most) => listOverview(database, filter, last ?? after, most),
        (row) => viewOverview(row, now),
      )
      return {
        studies: shown,
        cells: await countStudiesOfCells(database, filter),
        ...(next && { nextCursor: toCursor('overview', next.createdAt.toISOString(), next.id) }),
      }
    },
  )
}
