/** The options of gp: names, defaults and limits. docs/gp.md says why each is as it is. */
import { z } from 'zod'
import { NULL_MEANS, readBy } from '../options.js'
import { startupOption } from '../surrogate/starting-design.js'

export const optionsSchema = z.strictObject({
  startup: startupOption,
  trustRegion: z
    .number()
    .gt(0)
    .max(1)
    .nullable()
    .default(0.25)
    .meta({
      description:
        'The radius of the trust region of every other trial, as a share of each parameter’s range.',
      [NULL_MEANS]: 'anywhere',
    }),
  leavesValleys: z.boolean().default(false).meta({
    description:
      'Once 16 trials have gained next to nothing, one trial in four lies anywhere: for objectives that may have a better valley far from the default.',
  }),
  noise: z
    .literal(0)
    .nullable()
    .default(null)
    .meta({
      description: 'Whether a configuration that runs again has the same value.',
      [NULL_MEANS]: 'what the observations say',
    }),
})

export type GpOptions = Readonly<z.output<typeof optionsSchema>>

export function readOptions(json: unknown): GpOptions {
  return readBy(optionsSchema, json)
}
