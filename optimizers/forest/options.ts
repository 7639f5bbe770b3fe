/** The options of smac: names, defaults and limits. docs/smac.md says why each is as it is. */
import { z } from 'zod'
import { readBy } from '../options.js'
import { startupOption } from '../surrogate/starting-design.js'

export const optionsSchema = z.strictObject({
  startup: startupOption,
  trees: z.number().int().min(1).max(500).default(30).meta({ description: 'Trees of the forest.' }),
  leaf: z.number().int().min(1).max(100).default(2).meta({ description: 'No leaf has fewer values.' }),
  columns: z.number().min(0.01).max(1).default(0.5).meta({
    description: 'A node is split by the best of this share of the columns, drawn at random.',
  }),
  interleave: z.number().min(0).max(1).default(0.1).meta({
    description:
      'The share of the trials that are drawn at random anywhere in the space, once the model is asked.',
  }),
})

export type SmacOptions = Readonly<z.output<typeof optionsSchema>>

export function readOptions(json: unknown): SmacOptions {
  return readBy(optionsSchema, json)
}
