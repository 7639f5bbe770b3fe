/** The options of cma-es: names, defaults and limits. docs/cma-es.md says why each is as it is. */
import { z } from 'zod'
import { NULL_MEANS, readBy } from '../options.js'

export const optionsSchema = z.strictObject({
  population: z
    .number()
    .int()
    .min(4)
    .max(10_000)
    .nullable()
    .default(null)
    .meta({ description: 'Trials of a generation.', [NULL_MEANS]: '4 + 3 ln(parameters)' }),
  sigma: z.number().min(1e-6).max(1).default(0.15).meta({
    description: 'The width of the first generation, as a share of every parameter’s range.',
  }),
  mean: z
    .enum(['default', 'centre'])
    .default('default')
    .meta({ description: 'Where the first run begins: at the space’s defaults, or in its middle.' }),
  bounds: z.enum(['smooth', 'resample']).default('smooth').meta({
    description: 'How continuous parameters are kept within their bounds.',
  }),
  sampling: z.enum(['mirrored', 'independent']).default('mirrored').meta({
    description: 'Whether points of a generation come in pairs, one on each side of the mean.',
  }),
  margin: z.enum(['hamano-2022', 'hamano-2025']).default('hamano-2025').meta({
    description: 'How discrete parameters keep a chance to change.',
  }),
  learningRate: z.enum(['fixed', 'adaptive']).default('fixed').meta({
    description: 'adaptive: learning rates follow the signal-to-noise ratio.',
  }),
  restarts: z.enum(['none', 'ipop', 'bipop']).default('bipop').meta({
    description:
      'What follows when a run has stopped. ipop: one with twice the population. bipop: now a larger one, now a smaller one. none: it stays where it is.',
  }),
})

export type CmaesOptions = Readonly<z.output<typeof optionsSchema>>

export function readOptions(json: unknown): CmaesOptions {
  return readBy(optionsSchema, json)
}
