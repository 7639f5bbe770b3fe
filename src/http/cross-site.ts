/**
 * Keeps web pages of other sites from changing anything. A browser sends a POST without a body, or with a form's, to any
 * site without asking first, so what it says about where the request comes from is checked.
 */
import type { FastifyRequest } from 'fastify'
import { Fault } from '../faults.js'
import type { App } from './instance.js'

const ONLY_READING = new Set(['GET', 'HEAD', 'OPTIONS'])
/** From a page of this service, or typed by the user. */
const OWN_SITE = new Set(['same-origin', 'none'])

export function refuseCrossSite(app: App): void {
  app.addHook('onRequest', async (request) => {
    if (!ONLY_READING.has(request.method) && isForeign(request))
      throw new Fault(
        'cross_site',
        'A web page of another site may not change anything here: send the request without a browser, or from /docs',
      )
  })
}

/** Clients that are not browsers send neither header. */
function isForeign({ headers, host }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && !OWN_SITE.has(String(site))) return true
  return headers.origin !== undefined && hostOf(headers.origin) !== host.toLowerCase()
}

/** Undefined of the origin "null", which sandboxed pages and files have. */
function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
