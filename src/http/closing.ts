/**
 * How the service stops: event streams end, waiting asks are answered, what is in flight is finished, and what comes
 * later is sent elsewhere. Only then are connections cut: those kept alive, or opened and not used yet, would hold the
 * door for a minute.
 */
import type { ServerResponse } from 'node:http'
import { Fault } from '../faults.js'
import type { Moved } from '../trials/moved.js'
import type { App } from './instance.js'

export function closing(app: App, moved: Moved): void {
  const inFlight = new Set<ServerResponse>()
  app.addHook('onRequest', async (_request, { raw }) => {
    if (moved.closed)
      throw new Fault('shutting_down', 'This server is stopping: try another, or again in a moment')
    inFlight.add(raw)
    void ended(raw).then(() => inFlight.delete(raw))
  })
  app.addHook('preClose', async () => {
    moved.close()
    await Promise.all([...inFlight].map(ended))
  })
}

/** Sent whole, or cut by its client. */
function ended(answer: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    answer.once('finish', resolve).once('close', resolve)
  })
}
