/** Routes that answer with columns, for whoever draws a whole study: its trials, and its attempts over time. */
import { z } from 'zod'
import type { Space } from '../../search-spaces/index.js'
import { decodeSpec } from '../domain/decode-spec.js'
import { Fault } from '../faults.js'
import { readStudy, type StudyRow } from '../studies/read-studies.js'
import { attemptWriters, readAttemptCells } from '../trials/queries/attempt-columns.js'
import { type ColumnPage, readColumnPage } from '../trials/queries/column-pages.js'
import type { Columns } from '../trials/queries/query-columns.js'
import {
  PLAIN_FIELDS,
  readTrialCells,
  type TrialFields,
  trialFields,
} from '../trials/queries/trial-columns.js'
import { columnsSchema } from './column-schemas.js'
import { fromCursor, toCursor } from './cursor.js'
import type { Routes } from './routes.js'
import { faults, numberInUrl, ordinalSchema, studyPath } from './schemas.js'

const changesQuery = z.strictObject({
  after: numberInUrl(ordinalSchema).optional().meta({
    description: 'The `seq` of an earlier answer: only what changed since then. Without it, everything.',
  }),
  cursor: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .meta({ description: 'The nextCursor of the previous page. The other parameters stay as they were.' }),
})

const fieldsSchema = z
  .string()
  .max(10_000)
  .optional()
  .meta({
    description: `Names, separated by commas: ${PLAIN_FIELDS.join(', ')}; params or params.NAME; metrics (the first 50) or metrics.NAME. By default all but the metrics.`,
    examples: ['state,source,value,settledAt,params'],
  })

export const columnRoutes: Routes = (app, { database }) => {
  app.get(
    '/studies/:study/columns',
    {
      schema: {
        operationId: 'getColumns',
        tags: ['trials'],
        summary: 'Read all trials as typed columns, then only what changed',
        description:
          'Row i of every column is the same trial; rows are ordered by number. An answer has at most about 4 MiB: go on while there is a nextCursor. Then ask with `after` set to the first answer’s `seq`: each trial that an event has concerned since is given whole, and replaces the row with its number.',
        params: studyPath,
        querystring: changesQuery.extend({ fields: fieldsSchema }),
        response: { 200: columnsSchema, ...faults(400, 404) },
      },
    },
    async ({ params, query: { after, cursor, fields: names } }, reply) => {
      const study = await readStudy(database, params.study)
      const fields = requireFields(decodeSpec(study.spec).space, names)
      const [upto, last] = startOf('columns', cursor, z.tuple([ordinalSchema, ordinalSchema])) ?? [
        study.seq,
        -1,
      ]
      const changed = changesSince(study, after, upto)
      const page = await readColumnPage(fields.writers, (batch, limit) =>
        readTrialCells(database, study.id, fields, changed, batch ? lastOf(batch.number) : last, limit),
      )
      const next = page.next && toCursor('columns', upto, lastOf(page.next.number))
      return reply.type('application/json').send(asJson(study, upto, page, next) as never)
    },
  )

  app.get(
    '/studies/:study/timeline',
    {
      schema: {
        operationId: 'getTimeline',
        tags: ['trials'],
        summary: 'Read all attempts as typed columns: which worker ran what, and when',
        description:
          'Row i of every column is the same attempt; rows are ordered by trial and attempt. Pages and `after` as of columns: every attempt of a trial that changed is given again.',
        params: studyPath,
        querystring: changesQuery,
        response: { 200: columnsSchema, ...faults(400, 404) },
      },
    },
    async ({ params, query: { after, cursor } }, reply) => {
      const study = await readStudy(database, params.study)
      const key = z.tuple([ordinalSchema, ordinalSchema, ordinalSchema])
      const [upto, number, attempt] = startOf('timeline', cursor, key) ?? [study.seq, -1, 0]
      const changed = changesSince(study, after, upto)
      const page = await readColumnPage(attemptWriters(), (batch, limit) => {
        const after = batch ? placeOf(batch) : { number, attempt }
        return readAttemptCells(database, study.id, changed, after, limit)
      })
      const { next: end } = page
      const next = end && toCursor('timeline', upto, placeOf(end).number, placeOf(end).attempt)
      return reply.type('application/json').send(asJson(study, upto, page, next) as never)
    },
  )
}

function requireFields(space: Space, names: string | undefined): TrialFields {
  const fields = trialFields(
    space,
    names?.split(',').filter((name) => name !== ''),
  )
  if (!('unknown' in fields)) return fields
  const message = `there is no ${JSON.stringify(fields.unknown)}: choose from ${PLAIN_FIELDS.join(', ')}, params, params.NAME, metrics, metrics.NAME`
  throw new Fault('invalid_request', `fields: ${message}`, { errors: [{ path: 'fields', message }] })
}

function startOf<Key>(list: string, cursor: string | undefined, key: z.ZodType<Key>): Key | undefined {
  return cursor === undefined ? undefined : fromCursor(list, cursor, key)
}

/** A number that the study has not reached belongs to another one, that had the same name. */
function changesSince({ seq }: StudyRow, after: number | undefined, upto: number) {
  if (after === undefined) return undefined
  if (after <= seq) return { since: after, upto }
  const message = `the study has ${seq} events: leave it out to begin with everything`
  throw new Fault('invalid_cursor', `after: ${message}`, { errors: [{ path: 'after', message }] })
}

function placeOf({ number, attempt }: Columns) {
  return { number: lastOf(number), attempt: lastOf(attempt) }
}

function lastOf(numbers: readonly unknown[] | undefined): number {
  return numbers!.at(-1) as number
}

/** The columns are text already. */
function asJson(
  { id, name }: StudyRow,
  seq: number,
  { count, columns }: ColumnPage,
  nextCursor: string | undefined,
): string {
  const members = [...columns].map(([column, json]) => `${JSON.stringify(column)}:${json}`)
  const head = JSON.stringify({ study: name, id, seq, count }).slice(0, -1)
  const tail = nextCursor === undefined ? '' : `,"nextCursor":${JSON.stringify(nextCursor)}`
  return `${head},"columns":{${members.join(',')}}${tail}}`
}
