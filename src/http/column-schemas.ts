/** Response schemas of columns. */
import { z } from 'zod'
import { valueSchema } from '../domain/spec.js'

const columnSchema = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('number'), values: z.array(z.number().nullable()) }),
    z.object({
      type: z.literal('category'),
      categories: z.array(valueSchema),
      codes: z
        .array(z.number())
        .meta({ description: 'Places in categories, from 0; -1 where there is none.' }),
      ordered: z.literal(true).optional(),
    }),
    z.object({
      type: z.literal('time'),
      values: z
        .array(z.number().nullable())
        .meta({ description: 'Milliseconds since 1970, by the database’s clock.' }),
    }),
  ])
  .meta({ id: 'Column' })

export const columnsSchema = z
  .object({
    study: z.string(),
    id: z.uuid().meta({ description: 'Another id than before: the study was made anew.' }),
    seq: z.number().meta({ description: 'The answer has everything up to this event: the next `after`.' }),
    count: z.number(),
    columns: z.record(z.string(), columnSchema),
    nextCursor: z.string().optional(),
  })
  .meta({
    id: 'Columns',
    examples: [
      {
        study: 'example',
        id: '00000000-0000-4000-8000-000000000000',
        seq: 9,
        count: 2,
        columns: {
          number: { type: 'number', values: [0, 1] },
          state: { type: 'category', categories: ['running', 'complete'], codes: [1, 0] },
          value: { type: 'number', values: [0.42, null] },
          settledAt: { type: 'time', values: [1735689600000, null] },
          'params.lr': { type: 'number', values: [0.01, 0.003] },
        },
      },
    ],
  })
