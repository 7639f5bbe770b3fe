/** Answers every error with a problem document (RFC 9457) that has a stable code. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { FAULTS, Fault, type FaultAt, type FaultCode } from '../faults.js'
import type { Limits } from '../limits.js'
import { asDatabaseFault } from '../storage/database-errors.js'

/** Maps Fastify's own errors to fault codes and messages. */
const FASTIFY_CODES: Readonly<Record<string, readonly [FaultCode, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'Send JSON, with the header content-type: application/json; an import may be text/csv or application/x-ndjson too',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid_json', 'The body is empty: send a JSON object'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_json', 'The body is not JSON'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'The length of the body is not its content-length'],
  FST_ERR_BAD_URL: ['invalid_request', 'The path is not a valid URL'],
  FST_ERR_MAX_PARAM_LENGTH: ['study_not_found', 'There is no study with so long a name'],
}

export function registerErrorHandlers(app: FastifyInstance, limits: Limits): void {
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, asFault(error, limits), limits))
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, notFound(request), limits))
}

/** No route, or a route of files without this file. */
export function notFound(request: FastifyRequest): Fault {
  return new Fault('not_found', `There is no ${request.method} ${requestPath(request)}: see /docs`)
}

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  fault: Fault,
  limits: Limits,
): void {
  const isFailure = fault.status >= 500 && fault.code !== 'shutting_down'
  if (isFailure) request.log.error({ err: fault, cause: fault.cause }, fault.message)
  if (fault.retryable && !reply.hasHeader('retry-after')) void reply.header('retry-after', '1')
  if (fault.status === 401) void reply.header('www-authenticate', 'Bearer realm="chiron"')
  void reply
    .status(fault.status)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify(problemOf(requestPath(request), fault, limits)))
}

/** A request of 1 MiB may be wrong in a hundred thousand places: an answer names the first of them. */
export function problemOf(path: string, fault: Fault, limits: Limits) {
  const { errors, ...extra } = fault.extra
  return {
    type: `https://chiron.invalid/problems/${fault.code}`,
    title: FAULTS[fault.code].title,
    status: fault.status,
    detail: shorten(fault.message, limits.detailCharacters),
    instance: shorten(path, LONGEST.path),
    code: fault.code,
    retryable: fault.retryable,
    ...(errors && { errors: errors.slice(0, limits.errors).map(shortFault) }),
    ...(errors && errors.length > limits.errors && { moreErrors: errors.length - limits.errors }),
    ...extra,
  }
}

/** Of what is quoted from a request. */
const LONGEST = { path: 300, message: 1000 }

function shortFault({ path, message }: FaultAt): FaultAt {
  return { path: shorten(path, LONGEST.path), message: shorten(message, LONGEST.message) }
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`
}

export function asFault(error: unknown, limits: Limits): Fault {
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return bodyTooLarge(limits)
  // Fastify gives the error of a broken-off upload the status 400; a database's error has none.
  if (code === 'ECONNRESET' && statusCode === 400)
    return new Fault('invalid_request', 'The connection was closed before the body was complete')
  const known = asDatabaseFault(error)
  if (known instanceof Fault) return known
  const ofFastify = FASTIFY_CODES[String(code)]
  if (ofFastify !== undefined) return new Fault(...ofFastify)
  if (statusCode === 403 || statusCode === 404)
    return new Fault('not_found', 'There is no such file: see /docs')
  return new Fault('internal', 'The service failed: its log has the error', {}, { cause: error })
}

function bodyTooLarge({ bodyBytes, importBytes }: Limits): Fault {
  return new Fault(
    'payload_too_large',
    `The body is larger than ${bodyBytes} bytes, or an import than ${importBytes}: send less, or split it into several requests`,
  )
}

export function requestPath(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!
}
