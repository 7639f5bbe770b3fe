/** What happens, as server-sent events: from the stored log, so a client that comes back misses nothing. */

import { once } from 'node:events'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Fault } from '../faults.js'
import { type EventRow, eventsOf, eventsOfAll } from '../studies/events.js'
import type { Moved } from '../trials/moved.js'
import type { Routes } from './routes.js'
import { faults, studyPath } from './schemas.js'

const PAGE = 500
/** Events that come fast leave together. */
const GATHER_MS = 50
/** Another server's events are found by looking; a comment now and then keeps proxies from hanging up. */
const LOOK_AGAIN_MS = 1000
const COMMENT_EVERY_MS = 15_000

const resume = {
  headers: z.looseObject({ 'last-event-id': z.string().max(60).optional() }),
  querystring: z.strictObject({
    after: z
      .string()
      .max(60)
      .optional()
      .meta({ description: 'As Last-Event-ID, for clients that cannot set it.' }),
  }),
}
const stream = {
  description:
    'A stream of `text/event-stream`: `id` to resume by, `event` the kind, `data` {study, seq, kind, number, at, …}.',
  content: { 'text/event-stream': { schema: z.string() } },
}

export const eventRoutes: Routes = (app, { database, studyIds, moved }) => {
  const tags = ['events']

  app.get(
    '/studies/:study/events',
    {
      schema: {
        tags,
        summary: 'Follow a study',
        description: 'From its first event, or after Last-Event-ID.',
        params: studyPath,
        ...resume,
        response: { 200: stream, ...faults(400, 404) },
      },
    },
    async (request, reply) => {
      const after = startOf(request, /^\d{1,9}$/, '0')
      const id = await studyIds.with(request.params.study, async (id) => {
        await eventsOf(database, id, 0, 1)
        return id
      })
      await follow(request, reply, moved, id, after, (from) => eventsOf(database, id, Number(from), PAGE))
    },
  )

  app.get(
    '/events',
    {
      schema: {
        tags,
        summary: 'Follow all studies',
        description: 'From the first event of all, or after Last-Event-ID.',
        ...resume,
        response: { 200: stream, ...faults(400) },
      },
    },
    async (request, reply) => {
      const after = startOf(request, /^\d{1,19}-\d{1,18}$/, '0-0')
      await follow(request, reply, moved, null, after, (from) => eventsOfAll(database, from, PAGE))
    },
  )
}

interface Resumed {
  readonly headers: { readonly 'last-event-id'?: string | undefined }
  readonly query: { readonly after?: string | undefined }
}

function startOf({ headers, query }: Resumed, form: RegExp, first: string): string {
  const given = headers['last-event-id'] ?? query.after
  if (given === undefined || given === '') return first
  if (form.test(given)) return given
  const message = 'is not an id of an event of this stream: leave it out to begin at the first'
  throw new Fault('invalid_cursor', `Last-Event-ID ${message}`, {
    errors: [{ path: 'last-event-id', message }],
  })
}

async function follow(
  request: FastifyRequest,
  reply: FastifyReply,
  moved: Moved,
  studyId: string | null,
  start: string,
  read: (after: string) => Promise<EventRow[]>,
): Promise<void> {
  const first = await read(start)
  reply.hijack()
  const out = reply.raw
  out.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  })
  out.write(': follow\n\n')
  let after = start
  let events = first
  let spoke = Date.now()
  try {
    while (!out.destroyed && !moved.closed) {
      if (events.length > 0) {
        after = events.at(-1)!.cursor
        spoke = Date.now()
        if (!out.write(events.map(spell).join('')))
          await Promise.race([once(out, 'drain'), once(out, 'close')])
      } else if (Date.now() - spoke > COMMENT_EVERY_MS) {
        spoke = Date.now()
        out.write(':\n\n')
      }
      if (events.length < PAGE) {
        await moved.wait(studyId, LOOK_AGAIN_MS)
        await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
      }
      events = await read(after)
    }
  } catch (error) {
    request.log.warn({ err: error }, 'an event stream was cut: its client resumes where it was')
  } finally {
    out.end()
  }
}

function spell({ cursor, data, at, ...event }: EventRow): string {
  return `id: ${cursor}\nevent: ${event.kind}\ndata: ${JSON.stringify({ ...event, at: at.toISOString(), ...data })}\n\n`
}
