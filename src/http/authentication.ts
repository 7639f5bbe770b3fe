/** Decides who is answered: whoever has the token, or, where there is none, only this machine. */
import bearer from '@fastify/bearer-auth'
import type { FastifyRequest } from 'fastify'
import { Fault } from '../faults.js'
import type { App } from './instance.js'
import { hasSession } from './session-cookie.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without a token: health, signing in, and the files of the page, which hold no data. */
    public?: boolean
  }
}

/**
 * With CHIRON_TOKEN set, every request must carry it, or the cookie of a browser that signed in with it. Without it, only
 * requests to a local host name are served, so that a web page on another site cannot reach the service by DNS rebinding.
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
    if (request.routeOptions.config.public === true || hasSession(token, request)) return
    if (isNavigation(request)) return reply.redirect(`/?next=${encodeURIComponent(request.url)}`, 303)
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error) => (error ? reject(asUnauthorized()) : resolve())
      void app.verifyBearerAuth?.(request, reply, done)
    })
  })
}

/** Whether somebody opens an address in a browser: the page asks for the token and comes back. */
function isNavigation({ method, headers, url }: FastifyRequest): boolean {
  return (
    method === 'GET' &&
    headers.authorization === undefined &&
    headers['sec-fetch-mode'] === 'navigate' &&
    url !== '/' &&
    !url.startsWith('/?')
  )
}

function asUnauthorized(): Fault {
  return new Fault('unauthorized', 'Send the header authorization: Bearer <CHIRON_TOKEN>, or sign in at /')
}

function isLocalName(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host)
}
