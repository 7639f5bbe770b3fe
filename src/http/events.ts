/** What happens, as server-sent events: from the stored log, so a client that comes back misses nothing. */

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { StudyNotifier } from '../engine/study-notifier.js'
import { Fault } from '../faults.js'
import { type EventRow, presentCursor, readAllEvents, readStudyEvents } from '../studies/read-events.js'
import type { Routes } from './routes.js'
import { faults, studyPath } from './schemas.js'

const PAGE = 500
/** Events that come fast leave together. */
const GATHER_MS = 50
/** Another server's events are found by looking; a comment now and then keeps proxies from hanging up. */
const LOOK_AGAIN_MS = 1000
const COMMENT_EVERY_MS = 15_000

export const resume = {
  headers: z.looseObject({ 'last-event-id': z.string().max(60).optional() }),
  querystring: z.strictObject({
    after: z
      .string()
      .max(60)
      .optional()
      .meta({ description: 'As Last-Event-ID, for clients that cannot set it.' }),
  }),
}
export const stream = {
  description:
    'A stream of `text/event-stream`: `id` to resume by, `event` the kind, `data` {study, seq, kind, number, at, …}.',
  content: { 'text/event-stream': { schema: z.string() } },
}

export const eventRoutes: Routes = (app, { database, studyIds, notifier }) => {
  const tags = ['events']

  app.get(
    '/studies/:study/events',
    {
      schema: {
        operationId: 'streamStudyEvents',
        tags,
        summary: 'Follow a study',
        description: 'From its first event, or after Last-Event-ID. Ends when the study is deleted.',
        params: studyPath,
        ...resume,
        response: { 200: stream, ...faults(400, 404) },
      },
    },
    async (request, reply) => {
      const after = startOf(request, /^\d{1,9}$/, '0')
      const id = await studyIds.remember(request.params.study, async (id) => {
        if ((await readStudyEvents(database, id, 0, 1)) === null)
          throw new Fault('study_not_found', 'There is no such study any more')
        return id
      })
      await followLog(request, reply, notifier, id, after, (from) =>
        readStudyEvents(database, id, Number(from), PAGE),
      )
    },
  )

  app.get(
    '/events',
    {
      schema: {
        operationId: 'streamEvents',
        tags,
        summary: 'Follow all studies',
        description:
          'From the first event of all, or after Last-Event-ID. With `after=now`: only what happens from now on.',
        ...resume,
        response: { 200: stream, ...faults(400) },
      },
    },
    async (request, reply) => {
      const given = startOf(request, /^(\d{1,19}-\d{1,18}|now)$/, '0-0')
      const after = given === 'now' ? await presentCursor(database) : given
      await followLog(request, reply, notifier, null, after, (from) => readAllEvents(database, from, PAGE))
    },
  )
}

interface ResumePoint {
  readonly headers: { readonly 'last-event-id'?: string | undefined }
  readonly query: { readonly after?: string | undefined }
}

export function startOf({ headers, query }: ResumePoint, form: RegExp, first: string): string {
  const given = headers['last-event-id'] ?? query.after
  if (given === undefined || given === '') return first
  if (form.test(given)) return given
  const message = 'is not an id of an event of this stream: leave it out to begin at the first'
  throw new Fault('invalid_cursor', `Last-Event-ID ${message}`, {
    errors: [{ path: 'last-event-id', message }],
  })
}

/** What a stream sends: an event of a study, or of an experiment. */
export type LoggedEvent = Pick<EventRow, 'cursor' | 'kind' | 'data' | 'at'>

export async function followLog(
  request: FastifyRequest,
  reply: FastifyReply,
  notifier: StudyNotifier,
  studyId: string | null,
  start: string,
  /** Null where the study was deleted. */
  read: (after: string) => Promise<LoggedEvent[] | null>,
): Promise<void> {
  let events = await read(start)
  reply.hijack()
  const out = reply.raw
  out.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  })
  out.write(': follow\n\n')
  let after = start
  let spoke = Date.now()
  try {
    while (events !== null && !out.destroyed && !notifier.closed) {
      if (events.length > 0) {
        after = events.at(-1)!.cursor
        spoke = Date.now()
        if (!out.write(events.map(formatEvent).join(''))) await drained(out)
      } else if (Date.now() - spoke > COMMENT_EVERY_MS) {
        spoke = Date.now()
        out.write(':\n\n')
      }
      if (events.length < PAGE) {
        await notifier.wait(studyId, LOOK_AGAIN_MS)
        if (notifier.closed) break
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

/** Until the reader has taken what was written, or has gone. Neither listener outlives the wait. */
async function drained(out: ServerResponse): Promise<void> {
  const done = new AbortController()
  const { signal } = done
  await Promise.race([once(out, 'drain', { signal }), once(out, 'close', { signal })]).finally(() =>
    done.abort(),
  )
}

function formatEvent({ cursor, data, at, ...event }: LoggedEvent): string {
  return `id: ${cursor}\nevent: ${event.kind}\ndata: ${JSON.stringify({ ...event, at: at.toISOString(), ...data })}\n\n`
}
