/** Routes of experiments: grids of studies with their analysis. */
import { z } from 'zod'
import { EXPERIMENT_STATES, experimentChange, experimentRequest } from '../domain/experiment.js'
import { readAnalysis } from '../experiments/analysis.js'
import { readExperimentBehaviour } from '../experiments/behaviour.js'
import {
  changeExperiment,
  deleteExperiment,
  pauseExperiment,
  resumeExperiment,
  retryCell,
  stopExperiment,
} from '../experiments/change-experiment.js'
import { createExperiment } from '../experiments/create-experiment.js'
import { estimate } from '../experiments/estimate.js'
import { planExperiment } from '../experiments/plan.js'
import {
  countCells,
  type ExperimentRow,
  listExperimentEvents,
  listExperiments,
  readCells,
  readEventsOf,
  readExperiment,
  readStudiesOf,
} from '../experiments/read-experiments.js'
import { type CellCounts, viewExperiment, viewSummary } from '../experiments/view-experiment.js'
import { fromCursor, toCursor } from './cursor.js'
import { followLog, resume, startOf, stream } from './events.js'
import {
  analysisSchema,
  dryRunSchema,
  experimentPath,
  experimentSchema,
  experimentSummarySchema,
} from './experiment-schemas.js'
import { asAnswer } from './mutable.js'
import { readPage } from './pages.js'
import { experimentBehaviourSchema } from './program-schemas.js'
import type { Routes } from './routes.js'
import { faults, numberInUrl, ordinalSchema, pageQuery, timeSchema } from './schemas.js'

const cellPath = experimentPath.extend({
  arm: z.string().min(1).max(100),
  seed: numberInUrl(z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)),
})

/** A row of the list, with how many of its cells are in each state. */
type CountedRow = ExperimentRow & { readonly counts: CellCounts }

/** The body may be left out. */
const reasonBody = z.strictObject({ reason: z.string().max(2000).optional() }).nullish()

export const experimentRoutes: Routes = (app, service) => {
  const { database, limits, notifier } = service
  const tags = ['experiments']

  const view = async (row: ExperimentRow) => {
    const cells = await readCells(database, row.id)
    const running = cells.filter(({ result }) => result === null)
    return asAnswer(viewExperiment(row, cells, await readStudiesOf(database, running)))
  }
  const changed = async (row: ExperimentRow) => {
    service.wakeExperiments()
    return view(await readExperiment(database, row.id))
  }

  app.post(
    '/experiments',
    {
      schema: {
        operationId: 'createExperiment',
        tags,
        summary: 'Create an experiment',
        description:
          'A grid of studies, arms × seeds, declared with its analysis before it runs. Idempotent by name: the same plan again answers 200 with the experiment that is there. The answer says what the plan can show; with `dryRun` nothing is created, and it says also what it would take.',
        body: experimentRequest,
        response: {
          200: z.union([experimentSchema, dryRunSchema]),
          201: experimentSchema,
          ...faults(400, 409),
        },
      },
    },
    async ({ body }, reply) => {
      if (body.dryRun) {
        const plan = await planExperiment(service, body)
        return reply.send({
          dryRun: true as const,
          name: body.name,
          arms: plan.arms.map(({ name }) => name),
          seeds: [...plan.seeds],
          plan: asAnswer(plan.outlook),
          estimate: asAnswer(estimate(plan, body.parallel, service)),
        })
      }
      const { row, created } = await createExperiment(service, body)
      service.wakeExperiments()
      return reply
        .status(created ? 201 : 200)
        .header('location', `/experiments/${row.name}`)
        .send(await view(row))
    },
  )

  app.get(
    '/experiments',
    {
      schema: {
        operationId: 'listExperiments',
        tags,
        summary: 'List experiments, newest first',
        querystring: pageQuery(limits).extend({ state: z.enum(EXPERIMENT_STATES).optional() }),
        response: {
          200: z.object({ experiments: z.array(experimentSummarySchema), nextCursor: z.string().optional() }),
          ...faults(400),
        },
      },
    },
    async ({ query: { cursor, limit, state } }) => {
      const after = cursor === undefined ? undefined : experimentCursor(cursor)
      const { shown, next } = await readPage(
        { limit, mostBytes: limits.pageBytes },
        async (last: CountedRow | undefined, most) => {
          const rows = await listExperiments(database, state, last ?? after, most)
          const counts = await countCells(
            database,
            rows.map(({ id }) => id),
          )
          return rows.map((row) => ({ ...row, counts: counts.get(row.id) ?? {} }))
        },
        ({ counts, ...row }) => viewSummary(row, counts),
      )
      return {
        experiments: shown,
        ...(next && { nextCursor: toCursor('experiments', next.createdAt.toISOString(), next.id) }),
      }
    },
  )

  app.get(
    '/experiments/:experiment',
    {
      schema: {
        operationId: 'getExperiment',
        tags,
        summary: 'Show an experiment and its cells',
        params: experimentPath,
        response: { 200: experimentSchema, ...faults(404) },
      },
    },
    async ({ params }) => {
      return view(await readExperiment(database, params.experiment))
    },
  )

  app.get(
    '/experiments/:experiment/behaviour',
    {
      schema: {
        operationId: 'getExperimentBehaviour',
        tags: ['experiments'],
        summary: 'Show how the agents of an experiment work',
        description:
          'Figures of each arm with an agent, over its seeds, their correlations with the best value, and tests of the hypotheses that the plan declared. Empty where no arm has an agent.',
        params: experimentPath,
        querystring: z.strictObject({
          by: z.enum(['word', 'diff']).default('word').meta({
            description: 'Categories by the agent’s own word, or by a classifier of what it changed.',
          }),
        }),
        response: { 200: experimentBehaviourSchema, ...faults(400, 404) },
      },
    },
    async ({ params, query }) =>
      asAnswer(
        await readExperimentBehaviour(
          { database, queues: service.queues },
          await readExperiment(database, params.experiment),
          query.by,
        ),
      ),
  )

  app.get(
    '/experiments/:experiment/analysis',
    {
      schema: {
        operationId: 'getExperimentAnalysis',
        tags,
        summary: 'Analyse an experiment',
        description:
          'As far as it has come. A verdict is final only at a planned look; the e-value may be looked at at any time. Cells that are missing are named and never averaged over.',
        params: experimentPath,
        response: { 200: analysisSchema, ...faults(404) },
      },
    },
    async ({ params }) =>
      asAnswer(await readAnalysis(database, await readExperiment(database, params.experiment))),
  )

  app.get(
    '/experiments/:experiment/log',
    {
      schema: {
        operationId: 'getExperimentLog',
        tags,
        summary: 'List what happened to an experiment and its cells',
        params: experimentPath,
        querystring: pageQuery(limits),
        response: {
          200: z.object({
            events: z.array(
              z.object({
                seq: z.number(),
                kind: z.string(),
                data: z.record(z.string(), z.unknown()),
                at: timeSchema,
              }),
            ),
            nextCursor: z.string().optional(),
          }),
          ...faults(400, 404),
        },
      },
    },
    async ({ params, query: { cursor, limit } }) => {
      const { id } = await readExperiment(database, params.experiment)
      const after = cursor === undefined ? 0 : fromCursor('log', cursor, z.tuple([ordinalSchema]))[0]
      const rows = await listExperimentEvents(database, id, after, limit)
      const events = rows.map(({ at, ...event }) => ({ ...event, at: at.toISOString() }))
      return {
        events,
        ...(rows.length === limit && { nextCursor: toCursor('log', rows.at(-1)!.seq) }),
      }
    },
  )

  app.get(
    '/experiments/:experiment/events',
    {
      schema: {
        operationId: 'streamExperimentEvents',
        tags: ['events'],
        summary: 'Follow an experiment',
        description:
          'From its first event, or after Last-Event-ID: `cell-running`, `cell-finished`, `cell-failed`, `paused`, … What happens inside a cell is in the events of its study. Ends when the experiment is deleted.',
        params: experimentPath,
        ...resume,
        response: { 200: stream, ...faults(400, 404) },
      },
    },
    async (request, reply) => {
      const after = startOf(request, /^\d{1,9}$/, '0')
      const { id } = await readExperiment(database, request.params.experiment)
      await followLog(request, reply, notifier, id, after, (from) => readEventsOf(database, id, Number(from)))
    },
  )

  const commands = {
    pause: ['Pause an experiment: its studies pause, and no cell begins', pauseExperiment],
    resume: ['Resume an experiment that was paused or stopped', resumeExperiment],
    stop: ['Stop an experiment: cells that have not ended are stopped', stopExperiment],
  } as const
  for (const [name, [summary, command]] of Object.entries(commands)) {
    app.post(
      `/experiments/:experiment/${name}`,
      {
        schema: {
          operationId: `${name}Experiment`,
          tags,
          summary,
          params: experimentPath,
          body: reasonBody,
          response: { 200: experimentSchema, ...faults(404) },
        },
      },
      async ({ params, body }) => {
        const row = await readExperiment(database, params.experiment)
        await command(service, row, body?.reason)
        return changed(row)
      },
    )
  }

  app.post(
    '/experiments/:experiment/cells/:arm/:seed/retry',
    {
      schema: {
        operationId: 'retryCell',
        tags,
        summary: 'Run a cell again that failed or was stopped',
        description:
          'What is still good is kept: a study that was ended early goes on, and of one that spent its budget only the endpoint is measured again.',
        params: cellPath,
        response: { 200: experimentSchema, ...faults(404, 409) },
      },
    },
    async ({ params: { experiment, arm, seed } }) => {
      const row = await readExperiment(database, experiment)
      await retryCell(service, row, arm, seed)
      return changed(row)
    },
  )

  app.patch(
    '/experiments/:experiment',
    {
      schema: {
        operationId: 'updateExperiment',
        tags,
        summary: 'Add seeds or arms to an experiment, or run more of its cells at a time',
        description:
          'Seeds and arms that are added are marked as additions in the record and in every analysis.',
        params: experimentPath,
        body: experimentChange,
        response: { 200: experimentSchema, ...faults(400, 404) },
      },
    },
    async ({ params, body }) => changed(await changeExperiment(service, params.experiment, body)),
  )

  app.delete(
    '/experiments/:experiment',
    {
      schema: {
        operationId: 'deleteExperiment',
        tags,
        summary: 'Delete an experiment, its studies and their trials',
        params: experimentPath,
        querystring: z.strictObject({
          force: z.stringbool().default(false).meta({ description: 'Delete it even while it runs.' }),
        }),
        response: { 204: z.null(), ...faults(404, 409) },
      },
    },
    async ({ params, query }, reply) => {
      const row = await readExperiment(database, params.experiment)
      for (const id of await deleteExperiment(database, row, query.force)) notifier.notify(id)
      return reply.status(204).send(null)
    },
  )
}

function experimentCursor(cursor: string) {
  const [createdAt, id] = fromCursor(
    'experiments',
    cursor,
    z.tuple([z.iso.datetime().startsWith('2'), z.uuid()]),
  )
  return { createdAt: new Date(createdAt), id }
}
