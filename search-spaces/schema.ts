/** The JSON schema of a space, for files, HTTP bodies and OpenAPI. read.ts checks what a schema cannot. */
import { z } from 'zod'

/** What frameworks write: optim.lr, learning-rate, model/depth, svm:gamma. */
const nameSchema = z
  .string()
  .max(100)
  .regex(
    /^[A-Za-z_](?:[./:-]?[A-Za-z0-9_])*$/,
    'expected a name: a letter or _, then letters, digits and _; between them a single . - / or : may stand, as in optim.lr',
  )

const valueSchema = z
  .union([z.number(), z.string().max(500), z.boolean()], {
    error: 'expected a number, a string or a boolean',
  })
  .meta({ id: 'Value', description: 'A value of a parameter: a finite number, a string or a boolean.' })

const expressionSchema = z
  .string()
  .min(1)
  .max(500)
  .meta({
    id: 'Expression',
    description:
      'Arithmetic over parameters and derived quantities: + - * / % ^, comparisons, and, or, not, a ? b : c, ' +
      'and the functions abs, ceil, exp, floor, log, log2, log10, max, min, round, sqrt. ' +
      'A name with - / or : stands in backticks, as does one with a part that begins with a digit.',
    examples: [
      'ceil(DEPTH * ASPECT_RATIO / HEAD_DIM) * HEAD_DIM',
      'WARMUP_RATIO + WARMDOWN_RATIO <= 1',
      'optim.lr * `batch-size` < 1',
    ],
  })

const whenSchema = z
  .record(
    nameSchema,
    z.union([valueSchema, z.array(valueSchema).min(1).max(1000)], {
      error: 'expected a value of the parent, or a list of them',
    }),
  )
  .meta({
    id: 'When',
    description:
      'The parameter is active only while every parent named here is active and has this value, or one of these values.',
    examples: [{ BOOSTER: 'dart' }, { KERNEL: ['rbf', 'poly'] }],
  })
  .optional()

const descriptionSchema = z.string().max(2000).optional()
const logSchema = z.boolean().optional().describe('Search on a logarithmic scale; needs low > 0.')
const choicesSchema = z.array(valueSchema).min(1).max(1000)

const floatSchema = z
  .strictObject({
    type: z.literal('float'),
    low: z.number(),
    high: z.number(),
    log: logSchema,
    step: z
      .number()
      .positive()
      .optional()
      .describe('Only low, low + step, … high; high must be one of them.'),
    default: z.number().optional(),
    when: whenSchema,
    description: descriptionSchema,
  })
  .meta({ id: 'FloatParameter', examples: [{ type: 'float', low: 1e-4, high: 0.1, log: true }] })

const intSchema = z
  .strictObject({
    type: z.literal('int'),
    low: z.int(),
    high: z.int(),
    log: logSchema,
    step: z.int().positive().optional().describe('Only low, low + step, … high; high must be one of them.'),
    powerOfTwo: z.boolean().optional().describe('Only the powers of two from low to high, each as likely.'),
    default: z.int().optional(),
    when: whenSchema,
    description: descriptionSchema,
  })
  .meta({ id: 'IntParameter', examples: [{ type: 'int', low: 32, high: 256, powerOfTwo: true }] })

const ordinalSchema = z
  .strictObject({
    type: z.literal('ordinal'),
    choices: choicesSchema,
    default: valueSchema.optional(),
    when: whenSchema,
    description: descriptionSchema,
  })
  .meta({
    id: 'OrdinalParameter',
    description: 'Values with an order, from first to last.',
    examples: [{ type: 'ordinal', choices: ['small', 'medium', 'large'] }],
  })

const categoricalSchema = z
  .strictObject({
    type: z.literal('categorical'),
    choices: choicesSchema,
    default: valueSchema.optional(),
    when: whenSchema,
    description: descriptionSchema,
  })
  .meta({
    id: 'CategoricalParameter',
    description: 'Values without an order.',
    examples: [{ type: 'categorical', choices: ['adamw', 'lion', 'sgd'] }],
  })

const boolSchema = z
  .strictObject({
    type: z.literal('bool'),
    default: z.boolean().optional(),
    when: whenSchema,
    description: descriptionSchema,
  })
  .meta({ id: 'BoolParameter', examples: [{ type: 'bool', default: true }] })

const fixedSchema = z
  .strictObject({
    type: z.literal('fixed'),
    value: valueSchema,
    when: whenSchema,
    description: descriptionSchema,
  })
  .meta({
    id: 'FixedParameter',
    description: 'Given to every trial, never searched.',
    examples: [{ type: 'fixed', value: 42 }],
  })

export const parameterSchema = z
  .discriminatedUnion('type', [
    floatSchema,
    intSchema,
    ordinalSchema,
    categoricalSchema,
    boolSchema,
    fixedSchema,
  ])
  .meta({ id: 'Parameter' })

const constraintSchema = z
  .union(
    [
      expressionSchema,
      z.strictObject({
        expression: expressionSchema,
        adjust: z
          .union([nameSchema, z.array(nameSchema).min(1).max(10)])
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

const memorySchema = z
  .strictObject({
    gb: expressionSchema,
    limitGb: z
      .number()
      .positive()
      .describe('A configuration that is expected to need more is refused before it runs.'),
  })
  .meta({ id: 'MemoryModel', description: 'Expected peak memory of a trial, in GiB.' })

export const spaceSchema = z
  .strictObject({
    name: z.string().min(1).max(100).optional(),
    description: descriptionSchema,
    parameters: z
      .record(nameSchema, parameterSchema)
      .describe('By name; the order of the names carries no meaning.'),
    derived: z
      .record(nameSchema, expressionSchema)
      .optional()
      .describe('Quantities computed from the parameters; other expressions may use them.'),
    constraints: z.array(constraintSchema).max(100).optional(),
    memory: memorySchema.optional(),
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

export type Value = z.infer<typeof valueSchema>
export type ParameterSpec = z.infer<typeof parameterSchema>
export type SpaceSpec = z.infer<typeof spaceSchema>
