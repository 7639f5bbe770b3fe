/** Schemas that several routes share: paths, pages, and the problem document. Request bodies are in src/domain. */
import { z } from 'zod'
import { FAULTS } from '../faults.js'
import type { Limits } from '../limits.js'
import type { App } from './instance.js'

export const timeSchema = z.iso.datetime()

/** An object with one number for each of the names. */
export const countsSchema = (names: readonly string[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, z.number()])))

export const studyPath = z.strictObject({
  study: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, 'must be a name or an id')
    .meta({ description: 'The name or id of the study.', examples: ['example'] }),
})

/** A count that fits the database's integer type. */
export const ordinalSchema = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1)

/** Parses a number in a path or a query. Number() alone would also accept ' ', '0x7' and '1e1'. */
export const numberInUrl = <Schema extends z.ZodType<number>>(schema: Schema) =>
  z.preprocess(
    (text) => (typeof text === 'string' && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text),
    schema,
  )

export const trialPath = studyPath.extend({ number: numberInUrl(ordinalSchema.meta({ examples: [0] })) })

const PAGE_ROWS = 100

export const pageQuery = ({ pageRows }: Limits) =>
  z.strictObject({
    cursor: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .meta({ description: 'The nextCursor of the previous page.' }),
    limit: numberInUrl(
      z.number().int().min(1).max(pageRows).default(Math.min(PAGE_ROWS, pageRows)).meta({
        description: 'A page has fewer rows where they are large: go on while there is a nextCursor.',
      }),
    ),
  })

/** Of a list of studies. */
export const cellsQuery = z.stringbool().default(true).meta({
  description: 'false: without the studies that run the cells of experiments and measure their endpoints.',
})

const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().meta({ description: 'A stable code that clients can match on.' }),
    retryable: z.boolean(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    moreErrors: z.number().optional().meta({ description: 'How many errors are not listed.' }),
  })
  .meta({
    id: 'Problem',
    description: 'RFC 9457 problem document.',
    examples: [
      {
        type: 'https://chiron.invalid/problems/study_not_found',
        title: 'There is no such study',
        status: 404,
        detail: 'There is no study named "example"',
        instance: '/studies/example',
        code: 'study_not_found',
        retryable: false,
      },
    ],
  })

type FaultStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 431 | 503

/** The error responses of a route, by status. */
export function faults(...statuses: FaultStatus[]) {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: describeStatus(status),
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  )
}

/** The codes that a problem document with this status may have. */
function describeStatus(status: FaultStatus): string {
  const codes = Object.entries(FAULTS).filter(([, fault]) => fault.status === status)
  return codes.map(([code, { title }]) => `\`${code}\`: ${title}.`).join(' ')
}

/** Adds to each route of the scope what any request may be answered: no token, no valid input, no service. */
export function documentFaults(app: App): void {
  app.addHook('onRoute', ({ method, schema }) => {
    if (schema === undefined || schema.hide) return
    const { params, querystring, body } = schema
    const takesInput = params !== undefined || querystring !== undefined || body !== undefined
    const statuses: FaultStatus[] = [
      ...(takesInput ? ([400] as const) : []),
      401,
      ...(method === 'GET' || method === 'HEAD' ? [] : ([403] as const)),
      ...(body === undefined ? [] : ([413, 415] as const)),
      431, // the address counts as a header
      503,
    ]
    schema.response = { ...faults(...statuses), ...(schema.response as object) }
  })
}
