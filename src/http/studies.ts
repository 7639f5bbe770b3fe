/** Routes of a study as a whole. */
import { z } from 'zod'
import { describeSearch } from '../../optimizers/search.js'
import { checkDollars } from '../advisors/llm/providers.js'
import { decodeSpec } from '../domain/decode-spec.js'
import { STUDY_STATES } from '../domain/enums.js'
import { studyChange, studyRequest } from '../domain/spec.js'
import { readSearch } from '../engine/read-command.js'
import { readConfirmed } from '../studies/confirmed-best.js'
import { createStudy } from '../studies/create-study.js'
import { deleteStudy, listStudies, readStudy, viewStudy } from '../studies/read-studies.js'
import { readRecommendation } from '../studies/recommendation.js'
import { summarize } from '../studies/summary.js'
import { updateStudy } from '../trials/commands/update-study.js'
import { listCalls, listInquiries } from '../trials/queries/llm-calls.js'
import { listIncumbents } from '../trials/queries/read-trials.js'
import { fromCursor, toCursor } from './cursor.js'
import type { Routes } from './routes.js'
import {
  faults,
  incumbent,
  inquiry,
  llmCall,
  ordinal,
  page,
  searchDescription,
  study,
  studyPath,
  summary,
} from './schemas.js'

export const studyRoutes: Routes = (app, service) => {
  const { database, providers, queues, notifier } = service
  const tags = ['studies']

  app.post(
    '/studies',
    {
      schema: {
        tags,
        summary: 'Create a study',
        description: 'Once by its name: the same spec again answers 200 and the study that is there.',
        body: studyRequest,
        response: { 200: study, 201: study, ...faults(400, 409) },
      },
    },
    async (request, reply) => {
      const { id, created } = await createStudy(service, request.body)
      if (created) notifier.notify(id)
      const row = await readStudy(database, id)
      return reply
        .status(created ? 201 : 200)
        .header('location', `/studies/${row.name}`)
        .send(viewStudy(row))
    },
  )

  app.get(
    '/studies',
    {
      schema: {
        tags,
        summary: 'List studies, newest first',
        querystring: page.extend({ state: z.enum(STUDY_STATES).optional() }),
        response: {
          200: z.object({ studies: z.array(study), nextCursor: z.string().optional() }),
          ...faults(400),
        },
      },
    },
    async ({ query: { cursor, limit, state } }) => {
      const rows = await listStudies(
        database,
        state,
        cursor === undefined ? undefined : studyCursor(cursor),
        limit,
      )
      const last = rows.at(-1)
      const more = rows.length === limit && last
      return {
        studies: rows.map(viewStudy),
        ...(more && { nextCursor: toCursor('studies', last.createdAt.toISOString(), last.id) }),
      }
    },
  )

  app.get(
    '/studies/:study',
    {
      schema: { tags, summary: 'Show a study', params: studyPath, response: { 200: study, ...faults(404) } },
    },
    async ({ params }) => viewStudy(await readStudy(database, params.study)),
  )

  app.patch(
    '/studies/:study',
    {
      schema: {
        tags,
        summary: 'Pause, resume, finish, or give another budget',
        description: 'Running trials run on. A finished study that is given another budget goes on.',
        params: studyPath,
        body: studyChange,
        response: { 200: study, ...faults(400, 404) },
      },
    },
    async ({ params, body }) => {
      const { id, spec } = await readStudy(database, params.study)
      if (body.budget) checkDollars(providers, decodeSpec(spec).method, body.budget)
      await queues.run(id, updateStudy(body))
      return viewStudy(await readStudy(database, id))
    },
  )

  app.delete(
    '/studies/:study',
    {
      schema: {
        tags,
        summary: 'Delete a study with everything in it',
        params: studyPath,
        querystring: z.strictObject({
          force: z.stringbool().default(false).meta({ description: 'Even while trials run.' }),
        }),
        response: { 204: z.null(), ...faults(404, 409) },
      },
    },
    async ({ params, query }, reply) => {
      await deleteStudy(database, await readStudy(database, params.study), query.force)
      return reply.status(204).send(null)
    },
  )

  app.get(
    '/studies/:study/summary',
    {
      schema: { tags, summary: 'Its figures', params: studyPath, response: { 200: summary, ...faults(404) } },
    },
    async ({ params }) => {
      const row = await readStudy(database, params.study)
      return summarize(row, await readConfirmed(database, row), await readRecommendation(queues, row))
    },
  )

  app.get(
    '/studies/:study/incumbents',
    {
      schema: {
        tags,
        summary: 'The best values as they were found, first to last',
        params: studyPath,
        querystring: page,
        response: {
          200: z.object({ incumbents: z.array(incumbent), nextCursor: z.string().optional() }),
          ...faults(400, 404),
        },
      },
    },
    async ({ params, query: { cursor, limit } }) => {
      const { id } = await readStudy(database, params.study)
      const after = cursor === undefined ? 0 : fromCursor('incumbents', cursor, z.tuple([ordinal]))[0]
      const rows = await listIncumbents(database, id, after, limit)
      const more = rows.length === limit
      return { incumbents: rows, ...(more && { nextCursor: toCursor('incumbents', rows.at(-1)!.seq) }) }
    },
  )

  app.get(
    '/studies/:study/llm-calls',
    {
      schema: {
        tags,
        summary: 'What its language model was sent, what it said, and what that cost',
        description: 'By trial, retries included. Keys are never stored.',
        params: studyPath,
        querystring: page,
        response: {
          200: z.object({ calls: z.array(llmCall), nextCursor: z.string().optional() }),
          ...faults(400, 404),
        },
      },
    },
    async ({ params, query: { cursor, limit } }) => {
      const { id } = await readStudy(database, params.study)
      const [number, call] =
        cursor === undefined ? [-1, 0] : fromCursor('llm-calls', cursor, z.tuple([ordinal, ordinal]))
      const calls = await listCalls(database, id, { number, call }, limit)
      const last = calls.at(-1)
      const more = calls.length === limit && last
      return { calls, ...(more && { nextCursor: toCursor('llm-calls', last.number, last.call) }) }
    },
  )

  app.get(
    '/studies/:study/beliefs',
    {
      schema: {
        tags,
        summary: 'What its advisor was asked to believe with, and what it said',
        description: 'Each time it was asked, first to last; what it costs is in llm-calls.',
        params: studyPath,
        querystring: page,
        response: {
          200: z.object({ beliefs: z.array(inquiry), nextCursor: z.string().optional() }),
          ...faults(400, 404),
        },
      },
    },
    async ({ params, query: { cursor, limit } }) => {
      const { id } = await readStudy(database, params.study)
      const after = cursor === undefined ? -1 : fromCursor('beliefs', cursor, z.tuple([ordinal]))[0]
      const beliefs = await listInquiries(database, id, after, limit)
      const more = beliefs.length === limit
      return { beliefs, ...(more && { nextCursor: toCursor('beliefs', beliefs.at(-1)!.number) }) }
    },
  )

  app.get(
    '/studies/:study/optimizer',
    {
      schema: {
        tags,
        summary: 'What its optimizer believes, in natural units',
        params: studyPath,
        response: { 200: searchDescription, ...faults(404) },
      },
    },
    async ({ params }) => {
      const { id } = await readStudy(database, params.study)
      return queues.run(id, readSearch(describeSearch))
    },
  )
}

function studyCursor(cursor: string) {
  const [createdAt, id] = fromCursor('studies', cursor, z.tuple([z.iso.datetime().startsWith('2'), z.uuid()]))
  return { createdAt: new Date(createdAt), id }
}
