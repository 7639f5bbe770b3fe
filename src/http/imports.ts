/** Brings many trials in at once, as they were exported or as they are told. */
import { z } from 'zod'
import { decodeSpec } from '../domain/decode-spec.js'
import { readStudy } from '../studies/read-studies.js'
import { importTrials } from '../trials/commands/import-trials.js'
import { FILE_TYPES, type ImportBody, registerFileParsers, rowReader } from './import-rows.js'
import type { App } from './instance.js'
import type { Routes } from './routes.js'
import { faults, studyPath } from './schemas.js'
import { importedSchema } from './trial-schemas.js'

/** In a scope of its own: no other route takes files. */
export const importRoutes: Routes = (app, service) => {
  void app.register(async (scope: App) => {
    registerFileParsers(scope, service.limits)
    importRoute(scope, service)
  })
}

const importRoute: Routes = (app, { database, queues, limits }) => {
  const readRows = rowReader(limits)
  app.post(
    '/studies/:study/import',
    {
      bodyLimit: limits.importBytes,
      schema: {
        operationId: 'importTrials',
        tags: ['trials'],
        summary: 'Import trials that ran elsewhere',
        description:
          'Takes rows as `export` writes them (jsonl or csv), or a JSON array of bodies of POST /studies/{study}/trials with an outcome. All rows are imported or none, and each trial once, however often it is sent. Rows are counted from 1. Trials without a result (proposing, ready, running, cancelled, lost) are left out.',
        consumes: ['application/json', ...FILE_TYPES],
        params: studyPath,
        body: z.custom<ImportBody>().meta({
          type: 'array',
          items: { type: 'object' },
          description: 'A file of rows, or an array of them.',
        }),
        response: { 200: importedSchema, 201: importedSchema, ...faults(400, 404, 409, 413) },
      },
    },
    async ({ params, body }, reply) => {
      const { id, spec } = await readStudy(database, params.study)
      const given = await readRows(body, decodeSpec(spec).space)
      const rows = given.flatMap(({ place, trial }) => (trial === undefined ? [] : [{ place, trial }]))
      const answers = rows.length === 0 ? [] : await queues.run(id, importTrials(rows))
      const created = answers.filter((answer) => answer.created).length
      const numbers = answers.map(({ number }) => number).values()
      return reply.status(created > 0 ? 201 : 200).send({
        imported: created,
        known: answers.length - created,
        leftOut: given.length - answers.length,
        trials: given.map(({ trial }) => (trial === undefined ? null : numbers.next().value!)),
      })
    },
  )
}
