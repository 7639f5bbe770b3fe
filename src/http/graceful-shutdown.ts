/**
 * Stops the HTTP side in order: event streams end, waiting asks are answered, open requests finish, and new requests
 * get 503. Then Fastify closes all connections, because idle keep-alive connections would delay the exit by a minute.
 */
import type { ServerResponse } from 'node:http'
import type { StudyNotifier } from '../engine/study-notifier.js'
import { Fault } from '../faults.js'
import type { App } from './instance.js'

export function registerShutdown(app: App, notifier: StudyNotifier): void {
  const inFlight = new Set<ServerResponse>()
  app.addHook('onRequest', async (_request, { raw }) => {
    if (notifier.closed)
      throw new Fault(
        'shutting_down',
        'This server is stopping: use another server, or try again in a moment',
      )
    inFlight.add(raw)
    void responseEnded(raw).then(() => inFlight.delete(raw))
  })
  app.addHook('preClose', async () => {
    notifier.close()
    await Promise.all([...inFlight].map(responseEnded))
  })
}

/** Resolves when the response is sent, or when its client has disconnected. */
function responseEnded(answer: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    answer.once('finish', resolve).once('close', resolve)
  })
}
