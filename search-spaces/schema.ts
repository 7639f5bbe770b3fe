/** What a space looks like as JSON: the one schema for files, HTTP bodies and OpenAPI. Meaning is checked in read.ts. */
import { z } from 'zod'

const name = z
  .string()
  .max(100)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected a name: a letter or _, then letters, digits and _')

const value = z
  .union([z.number(), z.string().max(500), z.boolean()], {
    error: 'expected a number, a string or a boolean',
  })
  .meta({ id: 'Value', description: 'A value of a parameter: a finite number, a string or a boolean.' })

const expression = z
  .string()
  .min(1)
  .max(500)
  .meta({
    id: 'Expression',
    description:
      'Arithmetic over parameters and derived quantities: + - * / % ^, comparisons, and, or, not, a ? b : c, ' +
      'and the functions abs, ceil, exp, floor, log, log2, log10, max, min, round, sqrt.',
    examples: ['ceil(DEPTH * ASPECT_RATIO / HEAD_DIM) * HEAD_DIM', 'WARMUP_RATIO + WARMDOWN_RATIO <= 1'],
  })

const when = z
  .record(
    name,
    z.union([value, z.array(value).min(1).max(1000)], {
      error: 'expected a value of the parent, or a list of them',
    }),
  )
  .meta({
    id: 'When',
    description:
      'Active only while every parent named here is active and has this value, or one of these values.',
    examples: [{ BOOSTER: 'dart' }, { KERNEL: ['rbf', 'poly'] }],
  })
  .optional()

const description = z.string().max(2000).optional()
const log = z.boolean().optional().describe('Search on a logarithmic scale; needs low > 0.')
const choices = z.array(value).min(1).max(1000)

const float = z
  .strictObject({
    type: z.literal('float'),
    low: z.number(),
    high: z.number(),
    log,
    step: z
      .number()
      .positive()
      .optional()
      .describe('Only low, low + step, … high; high must be one of them.'),
    default: z.number().optional(),
    when,
    description,
  })
  .meta({ id: 'FloatParameter', examples: [{ type: 'float', low: 1e-4, high: 0.1, log: true }] })

const int = z
  .strictObject({
    type: z.literal('int'),
    low: z.int(),
    high: z.int(),
    log,
    step: z.int().positive().optional().describe('Only low, low + step, … high; high must be one of them.'),
    powerOfTwo: z.boolean().optional().describe('Only the powers of two from low to high, each as likely.'),
    default: z.int().optional(),
    when,
    description,
  })
  .meta({ id: 'IntParameter', examples: [{ type: 'int', low: 32, high: 256, powerOfTwo: true }] })

const ordinal = z
  .strictObject({ type: z.literal('ordinal'), choices, default: value.optional(), when, description })
  .meta({
    id: 'OrdinalParameter',
    description: 'Values with an order, from first to last.',
    examples: [{ type: 'ordinal', choices: ['small', 'medium', 'large'] }],
  })

const categorical = z
  .strictObject({ type: z.literal('categorical'), choices, default: value.optional(), when, description })
  .meta({
    id: 'CategoricalParameter',
    description: 'Values without an order.',
    examples: [{ type: 'categorical', choices: ['adamw', 'lion', 'sgd'] }],
  })

const bool = z
  .strictObject({ type: z.literal('bool'), default: z.boolean().optional(), when, description })
  .meta({ id: 'BoolParameter', examples: [{ type: 'bool', default: true }] })

const fixed = z.strictObject({ type: z.literal('fixed'), value, when, description }).meta({
  id: 'FixedParameter',
  description: 'Handed to every trial, never searched.',
  examples: [{ type: 'fixed', value: 42 }],
})

export const parameterSchema = z
  .discriminatedUnion('type', [float, int, ordinal, categorical, bool, fixed])
  .meta({ id: 'Parameter' })

const constraint = z
  .union(
    [
      expression,
      z.strictObject({
        expression,
        adjust: z
          .union([name, z.array(name).min(1).max(10)])
          .optional()
          .describe(
            'Repair moves the first of these parameters that can to its nearest value at which the expression holds. ' +
              'Without it a configuration that violates the expression is refused.',
          ),
      }),
    ],
    { error: 'expected an expression, or {expression, adjust?: a name or a list of names}' },
  )
  .meta({
    id: 'Constraint',
    description: 'An expression that must be true of every configuration.',
    examples: [
      { expression: 'TOTAL_BATCH_SIZE % (DEVICE_BATCH_SIZE * 2048) == 0', adjust: 'TOTAL_BATCH_SIZE' },
    ],
  })

const memory = z
  .strictObject({
    gb: expression,
    limitGb: z
      .number()
      .positive()
      .describe('A configuration that is expected to need more is refused before it runs.'),
  })
  .meta({ id: 'MemoryModel', description: 'Expected peak memory of a trial, in GB.' })

export const spaceSchema = z
  .strictObject({
    name: z.string().min(1).max(100).optional(),
    description,
    parameters: z
      .record(name, parameterSchema)
      .describe('By name; the order of the names carries no meaning.'),
    derived: z
      .record(name, expression)
      .optional()
      .describe('Quantities computed from the parameters; other expressions may use them.'),
    constraints: z.array(constraint).max(100).optional(),
    memory: memory.optional(),
  })
  .meta({
    id: 'Space',
    examples: [
      {
        parameters: {
          LR: { type: 'float', low: 1e-4, high: 0.1, log: true },
          LAYERS: { type: 'int', low: 2, high: 8 },
          OPTIMIZER: { type: 'categorical', choices: ['adamw', 'sgd'] },
          MOMENTUM: { type: 'float', low: 0, high: 0.99, when: { OPTIMIZER: 'sgd' } },
        },
      },
    ],
  })

export type Value = z.infer<typeof value>
export type ParameterSpec = z.infer<typeof parameterSchema>
export type SpaceSpec = z.infer<typeof spaceSchema>
