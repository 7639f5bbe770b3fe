/** The options of tpe: names, defaults and limits. docs/tpe.md says why each is as it is. */
import { z } from 'zod'
import { NULL_MEANS, readBy } from '../options.js'

const gammaSchema = z
  .strictObject({
    rule: z.enum(['linear', 'sqrt']).default('linear').meta({ description: 'share · n, or share · √n.' }),
    share: z.number().min(0.001).max(10).default(0.1),
    most: z.number().int().min(1).max(1_000_000).default(25),
  })
  .meta({ description: 'How many trials are good.' })

const bandwidthSchema = z
  .strictObject({
    rule: z.enum(['range', 'neighbours', 'scott']).optional().meta({
      description: 'By default range where the density is multivariate, else neighbours.',
    }),
    factor: z.number().min(1e-6).max(1).default(0.08).meta({
      description:
        'Rule range only: of the parameter’s range, before it shrinks with the number of observations.',
    }),
    minimum: z.number().min(1e-12).max(1).default(0.03).meta({
      description: 'No kernel is narrower, as a share of the range.',
    }),
    magicExponent: z
      .number()
      .min(0)
      .max(10)
      .nullable()
      .default(null)
      .meta({ description: 'Nor narrower than (n + 2)^-exponent.', [NULL_MEANS]: 'no such limit' }),
  })
  .meta({ description: 'The width of kernels.' })

export const optionsSchema = z.strictObject({
  multivariate: z.boolean().default(true).meta({
    description:
      'One density over the parameters that are active together; else one per parameter, as if they were independent.',
  }),
  startup: z.number().int().min(1).max(10_000).default(5).meta({
    description: 'Trials that must have given a value before the densities are trusted.',
  }),
  candidates: z.number().int().min(1).max(10_000).default(24).meta({
    description: 'Points drawn from the good density; the best of them is proposed.',
  }),
  climb: z.number().int().min(0).max(1000).default(2).meta({
    description:
      'Values tried for each parameter of that best point, one parameter after the other, in up to three rounds.',
  }),
  gamma: gammaSchema.prefault({}),
  weights: z.enum(['improvement', 'recency', 'uniform']).default('improvement').meta({
    description: 'Of good trials by their improvement, of all trials by age, or all alike.',
  }),
  priorWeight: z
    .number()
    .min(0)
    .max(1000)
    .default(1)
    .meta({ description: 'Of the prior, against 1 of an observation.' }),
  bandwidth: bandwidthSchema.prefault({}),
  categoricalBandwidth: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(null)
    .meta({
      description: 'The share of a categorical kernel that the other levels get.',
      [NULL_MEANS]: 'the prior’s weight over n + 1',
    }),
})

type Given = z.output<typeof optionsSchema>
type Bandwidth = Given['bandwidth']

export type TpeOptions = Readonly<Omit<Given, 'bandwidth'>> & {
  readonly bandwidth: Readonly<Bandwidth & { rule: NonNullable<Bandwidth['rule']> }>
}

/** One-dimensional densities are sharp where observations are dense; in many dimensions nothing has near neighbours. */
export function readOptions(json: unknown): TpeOptions {
  const { categoricalBandwidth, bandwidth, ...given } = readBy(optionsSchema, json)
  const { rule = given.multivariate ? 'range' : 'neighbours', ...widths } = bandwidth
  return { ...given, bandwidth: { rule, ...widths }, categoricalBandwidth }
}
