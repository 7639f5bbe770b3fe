/** What a study can be made of. */
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
        tags,
        summary: 'The search spaces that have a name',
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
        tags,
        summary: 'The methods that have a name',
        description:
          'Each is an optimizer, and perhaps an advisor that overrides some of its trials; a study may name it, or spell it out with other options.',
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
        tags,
        summary: 'The trainers that this service may run',
        description:
          'Built in, or declared by the operator. Without one, run trials with workers of your own.',
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
