/** Routes that show what a study's advisor was asked and what it answered. */
import { z } from 'zod'
import { promptTemplates } from '../studies/prompt-templates.js'
import { readStudy } from '../studies/read-studies.js'
import { type Inquiry, listCalls, listInquiries, type StoredCall } from '../trials/queries/llm-calls.js'
import { inquirySchema, llmCallSchema, promptsSchema } from './advice-schemas.js'
import { fromCursor, toCursor } from './cursor.js'
import { readPage } from './pages.js'
import type { Routes } from './routes.js'
import { faults, numberInUrl, ordinalSchema, pageQuery, studyPath } from './schemas.js'

export const adviceRoutes: Routes = (app, { database, limits }) => {
  const tags = ['studies']

  app.get(
    '/studies/:study/llm-calls',
    {
      schema: {
        operationId: 'listLlmCalls',
        tags,
        summary: 'List the calls of the language model: prompts, answers and costs',
        description: 'Ordered by trial, retries included. API keys are never stored.',
        params: studyPath,
        querystring: pageQuery(limits).extend({
          number: numberInUrl(ordinalSchema)
            .optional()
            .meta({ description: 'Only the calls for this trial.' }),
        }),
        response: {
          200: z.object({ calls: z.array(llmCallSchema), nextCursor: z.string().optional() }),
          ...faults(400, 404),
        },
      },
    },
    async ({ params, query: { cursor, limit, number: trial } }) => {
      const { id } = await readStudy(database, params.study)
      const [number, call] =
        cursor === undefined
          ? [-1, 0]
          : fromCursor('llm-calls', cursor, z.tuple([ordinalSchema, ordinalSchema]))
      const { shown, next } = await readPage(
        { limit, mostBytes: limits.pageBytes },
        (last, most) => listCalls(database, id, last ?? { number, call }, most, trial),
        (row: StoredCall) => row,
      )
      return { calls: shown, ...(next && { nextCursor: toCursor('llm-calls', next.number, next.call) }) }
    },
  )

  app.get(
    '/studies/:study/prompts',
    {
      schema: {
        operationId: 'listPrompts',
        tags,
        summary: 'List the templates of the prompts of a study',
        description:
          'As its language model gets them, with placeholders such as {{history}}; what was sent for a trial is in llm-calls. Empty where no model is asked.',
        params: studyPath,
        response: { 200: promptsSchema, ...faults(400, 404) },
      },
    },
    async ({ params }) => {
      const study = await readStudy(database, params.study)
      return { study: study.name, prompts: promptTemplates(study) }
    },
  )

  app.get(
    '/studies/:study/beliefs',
    {
      schema: {
        operationId: 'listBeliefs',
        tags,
        summary: 'List the questions for beliefs, and the advisor’s answers',
        description: 'First to last. The calls behind them, with their costs, are in llm-calls.',
        params: studyPath,
        querystring: pageQuery(limits),
        response: {
          200: z.object({ beliefs: z.array(inquirySchema), nextCursor: z.string().optional() }),
          ...faults(400, 404),
        },
      },
    },
    async ({ params, query: { cursor, limit } }) => {
      const { id } = await readStudy(database, params.study)
      const after = cursor === undefined ? -1 : fromCursor('beliefs', cursor, z.tuple([ordinalSchema]))[0]
      const { shown, next } = await readPage(
        { limit, mostBytes: limits.pageBytes },
        (last, most) => listInquiries(database, id, last?.number ?? after, most),
        (row: Inquiry) => row,
      )
      return { beliefs: shown, ...(next && { nextCursor: toCursor('beliefs', next.number) }) }
    },
  )
}
