/** Routes that list what a study can name: search spaces, methods, trainers. */
import { z } from 'zod'
import { catalogue, spaceNamed } from '../../search-spaces/index.js'
import { viewTrainer } from '../dispatch/profiles/profiles.js'
import { methodsCatalogue } from '../domain/methods.js'
import type { Routes } from './routes.js'

export const catalogueRoutes: Routes = (app, { trainers, providers }) => {
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
            spaces: z.array(z.object({ name: z.string(), description: z.string(), spec: z.looseObject({}) })),
          }),
        },
      },
    },
    async () => ({
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
              z.object({ name: z.string(), description: z.string(), method: z.looseObject({}) }),
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
              z.looseObject({ name: z.string(), description: z.string(), space: z.string() }),
            ),
          }),
        },
      },
    },
    async () => ({ trainers: [...trainers.values()].map(viewTrainer) }),
  )
}
