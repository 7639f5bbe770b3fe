/** Routes by which a browser signs in with the token, and out. */
import { z } from 'zod'
import { Fault } from '../faults.js'
import { version } from '../root.js'
import type { App } from './instance.js'
import type { LoginAttempts } from './login-attempts.js'
import { faults } from './schemas.js'
import { endedCookie, hasSession, isSame, sessionCookie } from './session-cookie.js'

export function sessionRoutes(app: App, token: string | undefined, attempts: LoginAttempts): void {
  const tags = ['service']

  app.get(
    '/session',
    {
      config: { public: true },
      schema: {
        operationId: 'getSession',
        tags,
        summary: 'Say whether a token is needed, and whether this browser has signed in',
        response: {
          200: z.object({ tokenRequired: z.boolean(), signedIn: z.boolean(), version: z.string() }),
        },
      },
    },
    async (request) => ({
      tokenRequired: token !== undefined,
      signedIn: token === undefined || hasSession(token, request) || hasToken(token, request.headers),
      version,
    }),
  )

  app.post(
    '/login',
    {
      config: { public: true },
      schema: {
        operationId: 'logIn',
        tags,
        summary: 'Sign a browser in with the token',
        description:
          'Sets an HttpOnly, SameSite=Strict cookie for 30 days, which counts as the token. Scripts send the token itself. Another CHIRON_TOKEN ends every session. An address that has sent too many wrong tokens has to wait, even with the right one (CHIRON_LOGIN_ATTEMPTS).',
        body: z
          .strictObject({ token: z.string().min(1).max(1000) })
          .meta({ examples: [{ token: 'secret' }] }),
        response: { 204: z.null(), ...faults(401, 429) },
      },
    },
    async (request, reply) => {
      if (token === undefined) return reply.status(204).send(null)
      const seconds = attempts.secondsToWait(request.ip)
      if (seconds > 0) {
        void reply.header('retry-after', String(seconds))
        throw new Fault(
          'too_many_attempts',
          `Too many wrong tokens came from here: try again in ${seconds} s`,
        )
      }
      if (!isSame(request.body.token, token)) {
        attempts.fail(request.ip)
        throw new Fault('unauthorized', 'This is not the token: use the value of CHIRON_TOKEN')
      }
      return reply.header('set-cookie', sessionCookie(token, request)).status(204).send(null)
    },
  )

  app.post(
    '/logout',
    {
      config: { public: true },
      schema: { operationId: 'logOut', tags, summary: 'Sign this browser out', response: { 204: z.null() } },
    },
    async (request, reply) => reply.header('set-cookie', endedCookie(request)).status(204).send(null),
  )
}

function hasToken(token: string, headers: { readonly authorization?: string | undefined }): boolean {
  const [scheme, given] = (headers.authorization ?? '').split(' ')
  return scheme?.toLowerCase() === 'bearer' && given !== undefined && isSame(given, token)
}
