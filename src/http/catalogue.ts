/** Routes that list what a study can name: search spaces, methods, trainers. */
import { z } from 'zod'
import { catalogue, spaceNamed, spaceSchema } from '../../search-spaces/index.js'
import { viewTrainer } from '../dispatch/profiles/profiles.js'
import { DRIFT_WARNING, readCanaries } from '../dispatch/scheduler/canary.js'
import { methodsCatalogue } from '../domain/methods.js'
import { Fault } from '../faults.js'
import { asAnswer } from './mutable.js'
import { REQUESTS, requestSchema } from './request-schemas.js'
import type { Routes } from './routes.js'
import { faults, timeSchema } from './schemas.js'

export const catalogueRoutes: Routes = (app, { trainers, providers, dataFolder }) => {
  const tags = ['catalogue']

  app.get(
    '/spaces',
    {
      schema: {
        operationId: 'listSpaces',
        tags,
        summary: 'List the named search spaces',
        response: {
          200: z.object({
            spaces: z.array(
              z
                .object({ name: z.string(), description: z.string(), spec: spaceSchema })
                .meta({ id: 'NamedSpace' }),
            ),
          }),
        },
      },
    },
    async () =>
      asAnswer({
        spaces: catalogue().map(({ name, description }) => ({
          name,
          description,
          spec: spaceNamed(name)!.spec,
        })),
      }),
  )

  app.get(
    '/methods',
    {
      schema: {
        operationId: 'listMethods',
        tags,
        summary: 'List the method presets',
        description:
          'A method is an optimizer and, optionally, an advisor. A study names a preset, or gives the method in full with other options.',
        response: {
          200: z.object({
            methods: z.array(
              z
                .object({
                  name: z.string(),
                  description: z.string(),
                  when: z.string().meta({ description: 'Which study it is for.' }),
                  method: z.looseObject({}),
                })
                .meta({ id: 'MethodPreset' }),
            ),
          }),
        },
      },
    },
    async () => ({
      methods: methodsCatalogue(providers.modelAtHand).map((m) => ({ ...m, method: { ...m.method } })),
    }),
  )

  app.get(
    '/schemas/:request',
    {
      schema: {
        operationId: 'getRequestSchema',
        tags,
        summary: 'Show the JSON schema of a study, of an experiment, or of what may be changed of one',
        description:
          'The schema of the body of POST /studies, POST /experiments or PATCH /experiments/{experiment}, with the options of every optimizer: for forms, editors and language models. A schema cannot say everything that is checked: `POST /studies/check` does, and `dryRun` of an experiment.',
        params: z.strictObject({ request: z.enum(REQUESTS) }),
        response: { 200: z.looseObject({}), ...faults(400) },
      },
    },
    async ({ params: { request } }) => requestSchema(request),
  )

  app.get(
    '/trainers',
    {
      schema: {
        operationId: 'listTrainers',
        tags,
        summary: 'List the trainers that this service can run',
        description:
          'Trainers are built in or declared by the operator. A study without a trainer waits for your own workers.',
        response: {
          200: z.object({
            trainers: z.array(
              z
                .looseObject({
                  name: z.string(),
                  description: z.string(),
                  space: z.string(),
                  unavailable: z.string().optional().meta({ description: 'Why it cannot run here.' }),
                })
                .meta({ id: 'Trainer' }),
            ),
          }),
        },
      },
    },
    async () => ({ trainers: [...trainers.values()].map(viewTrainer) }),
  )

  app.get(
    '/trainers/:trainer/canaries',
    {
      schema: {
        operationId: 'listCanaries',
        tags,
        summary: 'List the canary runs of a trainer on this machine',
        description:
          'A trainer with `canaryHours` runs the default configuration now and then on each device. A device that has become slower trains less in the same time, so later values cannot be compared with earlier ones. Workers on other machines keep their own.',
        params: z.strictObject({ trainer: z.string().min(1).max(100) }),
        response: {
          200: z.object({
            trainer: z.string(),
            warnAt: z.number().meta({ description: 'A larger drift is a reason to worry.' }),
            runs: z.array(canarySchema),
          }),
          ...faults(404),
        },
      },
    },
    async ({ params: { trainer } }) => {
      if (!trainers.has(trainer))
        throw new Fault(
          'not_found',
          `There is no trainer ${JSON.stringify(trainer)}: GET /trainers lists them`,
        )
      return { trainer, warnAt: DRIFT_WARNING, runs: await readCanaries(dataFolder, trainer) }
    },
  )
}

const canarySchema = z
  .object({
    at: timeSchema,
    devices: z.string(),
    speed: z.number().meta({ description: 'Tokens a second, or runs a second; zero where the run failed.' }),
    drift: z.number().meta({ description: 'Relative to the first run on this device: −0.08 is 8 % slower.' }),
  })
  .meta({ id: 'CanaryRun' })
