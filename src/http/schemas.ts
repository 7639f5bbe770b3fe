/** Schemas that several routes share: paths, pages, and the problem document. Request bodies are in src/domain. */
import { z } from 'zod'

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
const numberInUrl = <Schema extends z.ZodType<number>>(schema: Schema) =>
  z.preprocess(
    (text) => (typeof text === 'string' && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text),
    schema,
  )

export const trialPath = studyPath.extend({ number: numberInUrl(ordinalSchema.meta({ examples: [0] })) })

export const pageQuery = z.strictObject({
  cursor: z.string().min(1).max(500).optional().meta({ description: 'The nextCursor of the previous page.' }),
  limit: numberInUrl(z.number().int().min(1).max(1000).default(100)),
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
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document.' })

/** The error responses of a route, by status. */
export function faults(...statuses: (400 | 401 | 404 | 409 | 413 | 503)[]) {
  const described = { description: 'What is wrong, where, and how to fix it.' }
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      { ...described, content: { 'application/problem+json': { schema: problemSchema } } },
    ]),
  )
}
