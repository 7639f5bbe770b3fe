/** Decides who is answered: whoever has the token, or, where there is none, only this machine. */
import bearer from '@fastify/bearer-auth'
import { Fault } from '../faults.js'
import type { App } from './instance.js'

/** Routes that need no token, so that health probes work without a secret. */
const WITHOUT_TOKEN = new Set(['/healthz', '/readyz'])

/**
 * With CHIRON_TOKEN set, every request must carry it. Without it, only requests to a local host name are served, so
 * that a web page on another site cannot reach the service by DNS rebinding.
 */
export function registerAuthentication(app: App, token: string | undefined): void {
  if (token === undefined) {
    app.addHook('onRequest', async (request) => {
      if (!isLocalName(request.host))
        throw new Fault(
          'unauthorized',
          `Without CHIRON_TOKEN only localhost is served, not ${request.host.slice(0, 200)}`,
        )
    })
    return
  }
  void app.register(bearer, {
    keys: new Set([token]),
    addHook: false,
    verifyErrorLogLevel: 'debug',
    specCompliance: 'rfc6749', // the scheme's name in small letters too (RFC 9110, section 11.1)
  })
  app.addHook('onRequest', async (request, reply) => {
    if (WITHOUT_TOKEN.has(request.routeOptions.url ?? '')) return
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error) => (error ? reject(asUnauthorized()) : resolve())
      void app.verifyBearerAuth?.(request, reply, done)
    })
  })
}

function asUnauthorized(): Fault {
  return new Fault('unauthorized', 'Send the header authorization: Bearer <CHIRON_TOKEN>')
}

function isLocalName(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host)
}
