/**
 * Stops the HTTP side in order: event streams end, waiting asks are answered, open requests finish, and new requests
 * get 503. A client that is slow to send its request, or to take its answer, is waited for a moment only. Then Fastify
 * closes all connections, because idle keep-alive connections would delay the exit by a minute.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { StudyNotifier } from '../engine/study-notifier.js'
import { Fault } from '../faults.js'
import type { Limits } from '../limits.js'
import type { App } from './instance.js'

interface OpenRequest {
  readonly request: IncomingMessage
  readonly answer: ServerResponse
}

export function registerShutdown(app: App, notifier: StudyNotifier, { stopSeconds }: Limits): void {
  const inFlight = new Set<OpenRequest>()
  app.addHook('onRequest', async ({ raw: request }, { raw: answer }) => {
    if (notifier.closed)
      throw new Fault(
        'shutting_down',
        'This server is stopping: use another server, or try again in a moment',
      )
    const open = { request, answer }
    inFlight.add(open)
    void responseEnded(open).then(() => inFlight.delete(open))
  })
  app.addHook('preClose', async () => {
    notifier.close()
    const cutting = setInterval(() => cutSlowClients(inFlight), 1000 * stopSeconds)
    await Promise.all([...inFlight].map(responseEnded))
    clearInterval(cutting)
  })
}

/** Disconnects who still sends a request or receives an answer. What the service itself works on is waited for. */
function cutSlowClients(inFlight: Iterable<OpenRequest>): void {
  for (const { request, answer } of inFlight) if (!request.complete || answer.headersSent) request.destroy()
}

/**
 * Resolves when the response is sent, or when its client has disconnected. An answer that waits behind another on its
 * connection does not say when that breaks, so its request is asked, too.
 */
function responseEnded({ request, answer }: OpenRequest): Promise<void> {
  return new Promise((resolve) => {
    const endIfGone = () => {
      if (answer.writableFinished || request.socket.destroyed) resolve()
    }
    answer.once('finish', resolve).once('close', resolve)
    request.once('close', endIfGone)
    endIfGone()
  })
}
