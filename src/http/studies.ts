/** Routes that create, list, show, change and delete studies. */
import { z } from 'zod'
import { checkDollars } from '../advisors/llm/providers.js'
import { decodeMethod } from '../domain/decode-spec.js'
import { STUDY_STATES } from '../domain/enums.js'
import { studyChange, studyRequest } from '../domain/spec.js'
import { createStudy, planStudy } from '../studies/create-study.js'
import { deleteStudy, listStudies, readStudy, viewStudy } from '../studies/read-studies.js'
import { updateStudy } from '../trials/commands/update-study.js'
import { fromCursor, toCursor } from './cursor.js'
import { readPage } from './pages.js'
import type { Routes } from './routes.js'
import { cellsQuery, faults, pageQuery, studyPath } from './schemas.js'
import { checkedStudySchema, studySchema } from './study-schemas.js'

export const studyRoutes: Routes = (app, service) => {
  const { database, providers, queues, notifier, limits } = service
  const tags = ['studies']

  app.post(
    '/studies',
    {
      schema: {
        operationId: 'createStudy',
        tags,
        summary: 'Create a study',
        description:
          'Idempotent by name: creating a study again with the same spec answers 200 with the existing study. `POST /studies/check` creates nothing. `GET /schemas/study` has the options of every optimizer.',
        body: studyRequest,
        response: { 200: studySchema, 201: studySchema, ...faults(400, 409) },
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

  app.post(
    '/studies/check',
    {
      schema: {
        operationId: 'checkStudy',
        tags,
        summary: 'Check a study, and create nothing',
        description:
          'Answers the study as it would be stored, with every default, its space and its method resolved; or what is wrong with it, as creating it would.',
        body: studyRequest,
        response: { 200: checkedStudySchema, ...faults(400, 409) },
      },
    },
    async ({ body }) => {
      const { spec, exists } = await planStudy(service, body)
      return { exists, study: spec }
    },
  )

  app.get(
    '/studies',
    {
      schema: {
        operationId: 'listStudies',
        tags,
        summary: 'List studies, newest first',
        querystring: pageQuery(limits).extend({ state: z.enum(STUDY_STATES).optional(), cells: cellsQuery }),
        response: {
          200: z.object({ studies: z.array(studySchema), nextCursor: z.string().optional() }),
          ...faults(400),
        },
      },
    },
    async ({ query: { cursor, limit, ...filter } }) => {
      const after = cursor === undefined ? undefined : studyCursor('studies', cursor)
      const { shown, next } = await readPage(
        { limit, mostBytes: limits.pageBytes },
        (last, most) => listStudies(database, filter, last ?? after, most),
        viewStudy,
      )
      return {
        studies: shown,
        ...(next && { nextCursor: toCursor('studies', next.createdAt.toISOString(), next.id) }),
      }
    },
  )

  app.get(
    '/studies/:study',
    {
      schema: {
        operationId: 'getStudy',
        tags,
        summary: 'Show a study',
        params: studyPath,
        response: { 200: studySchema, ...faults(404) },
      },
    },
    async ({ params }) => viewStudy(await readStudy(database, params.study)),
  )

  app.patch(
    '/studies/:study',
    {
      schema: {
        operationId: 'updateStudy',
        tags,
        summary: 'Pause, resume or finish a study, or change its budget',
        description:
          'Running trials continue. A finished study continues when it gets a new budget that is not used up.',
        params: studyPath,
        body: studyChange,
        response: { 200: studySchema, ...faults(400, 404) },
      },
    },
    async ({ params, body }) => {
      const { id, spec } = await readStudy(database, params.study)
      if (body.budget) checkDollars(providers, decodeMethod(spec), body.budget)
      await queues.run(id, updateStudy(body))
      return viewStudy(await readStudy(database, id))
    },
  )

  app.delete(
    '/studies/:study',
    {
      schema: {
        operationId: 'deleteStudy',
        tags,
        summary: 'Delete a study and all of its trials',
        params: studyPath,
        querystring: z.strictObject({
          force: z
            .stringbool()
            .default(false)
            .meta({ description: 'Delete it even while trials are running.' }),
        }),
        response: { 204: z.null(), ...faults(404, 409) },
      },
    },
    async ({ params, query }, reply) => {
      const study = await readStudy(database, params.study)
      await deleteStudy(database, study, query.force)
      notifier.notify(study.id)
      return reply.status(204).send(null)
    },
  )
}

/** `list`: the list that the cursor is of. */
export function studyCursor(list: string, cursor: string) {
  const [createdAt, id] = fromCursor(list, cursor, z.tuple([z.iso.datetime().startsWith('2'), z.uuid()]))
  return { createdAt: new Date(createdAt), id }
}
