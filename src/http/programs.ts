/** Routes of the programs that a study's agent has written. */
import { z } from 'zod'
import { diffOfProgram, findProgram, listPrograms, readBehaviour } from '../studies/programs.js'
import { readStudy } from '../studies/read-studies.js'
import { asAnswer } from './mutable.js'
import {
  behaviourSchema,
  programDiffSchema,
  programPath,
  programSchema,
  programsSchema,
} from './program-schemas.js'
import type { Routes } from './routes.js'
import { faults, studyPath } from './schemas.js'

export const programRoutes: Routes = (app, { database, queues }) => {
  app.get(
    '/studies/:study/programs',
    {
      schema: {
        operationId: 'listPrograms',
        tags: ['programs'],
        summary: 'List the programs of a study',
        description:
          'Each with its parent, its runs and whether it was kept, in the order of their first trials. Empty where nobody edits programs.',
        params: studyPath,
        response: { 200: programsSchema, ...faults(400, 404) },
      },
    },
    async ({ params }) => {
      const study = await readStudy(database, params.study)
      return asAnswer({ study: study.name, programs: await listPrograms({ database, queues }, study) })
    },
  )

  app.get(
    '/studies/:study/programs/:hash',
    {
      schema: {
        operationId: 'getProgram',
        tags: ['programs'],
        summary: 'Show the source of a program',
        description: 'By its hash, or by the beginning of it.',
        params: programPath,
        response: { 200: programSchema, ...faults(400, 404) },
      },
    },
    async ({ params }) =>
      asAnswer(await findProgram(database, await readStudy(database, params.study), params.hash)),
  )

  app.get(
    '/studies/:study/programs/:hash/diff',
    {
      schema: {
        operationId: 'getProgramDiff',
        tags: ['programs'],
        summary: 'Show what a program changed',
        description: 'As a unified diff from its parent, or from another program.',
        params: programPath,
        querystring: z.strictObject({
          from: programPath.shape.hash.optional().meta({ description: 'The other program’s hash.' }),
        }),
        response: { 200: programDiffSchema, ...faults(400, 404) },
      },
    },
    async ({ params, query }) =>
      diffOfProgram(database, await readStudy(database, params.study), params.hash, query.from),
  )

  app.get(
    '/studies/:study/behaviour',
    {
      schema: {
        operationId: 'getBehaviour',
        tags: ['programs'],
        summary: 'Show how the agent of a study works',
        description:
          'What it tries, how often it changes its mind, repeats itself and succeeds, each with a 95 % interval.',
        params: studyPath,
        querystring: z.strictObject({
          by: z.enum(['word', 'diff']).default('word').meta({
            description: 'Categories by the agent’s own word, or by a classifier of what it changed.',
          }),
        }),
        response: { 200: behaviourSchema, ...faults(400, 404) },
      },
    },
    async ({ params, query }) =>
      asAnswer(await readBehaviour({ database, queues }, await readStudy(database, params.study), query.by)),
  )
}
