/**
 * How the service stops: event streams end, waiting asks are answered, what is in flight is finished, and what comes
 * later is sent elsewhere. Only then are connections cut: those kept alive, or opened and not used yet, would hold the
 * door for a minute.
 */
import type { ServerResponse } from 'node:http'
import type { StudyNotifier } from '../engine/study-notifier.js'
import { Fault } from '../faults.js'
import type { App } from './instance.js'

export function registerShutdown(app: App, notifier: StudyNotifier): void {
  const inFlight = new Set<ServerResponse>()
  app.addHook('onRequest', async (_request, { raw }) => {
    if (notifier.closed)
      throw new Fault('shutting_down', 'This server is stopping: try another, or again in a moment')
    inFlight.add(raw)
    void responseEnded(raw).then(() => inFlight.delete(raw))
  })
  app.addHook('preClose', async () => {
    notifier.close()
    await Promise.all([...inFlight].map(responseEnded))
  })
}

/** Sent whole, or cut by its client. */
function responseEnded(answer: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    answer.once('finish', resolve).once('close', resolve)
  })
}
