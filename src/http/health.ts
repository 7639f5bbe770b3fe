/** Health routes: liveness, and readiness of the database. */
import { z } from 'zod'
import { version } from '../root.js'
import type { Routes } from './routes.js'
import { faults } from './schemas.js'

export const healthRoutes: Routes = (app, { database }) => {
  const tags = ['service']

  app.get(
    '/healthz',
    {
      config: { public: true },
      schema: {
        operationId: 'checkHealth',
        tags,
        summary: 'Check that the process is alive',
        response: { 200: z.object({ status: z.literal('ok'), version: z.string() }) },
      },
    },
    async () => ({ status: 'ok' as const, version }),
  )

  app.get(
    '/readyz',
    {
      config: { public: true },
      schema: {
        operationId: 'checkReadiness',
        tags,
        summary: 'Check that the database answers',
        response: {
          200: z.object({ status: z.literal('ready'), database: z.enum(['postgres', 'pglite']) }),
          ...faults(503),
        },
      },
    },
    async () => {
      await database.ping()
      return { status: 'ready' as const, database: database.engine }
    },
  )
}
