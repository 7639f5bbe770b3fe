/** Every error leaves as a problem document (RFC 9457) with a stable code. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { FAULTS, Fault, type FaultCode } from '../faults.js'
import { asDatabaseFault } from '../storage/database-errors.js'

/** Our codes and messages for what Fastify itself refuses. */
const FASTIFY_CODES: Readonly<Record<string, readonly [FaultCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [
    'payload_too_large',
    'A body may have 1 MiB, an import 8 MiB: send less, or in several requests',
  ],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'Send JSON, with the header content-type: application/json; an import may be text/csv or application/x-ndjson too',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid_json', 'The body is empty: send a JSON object'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_json', 'The body is not JSON'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'The body is not as long as content-length says'],
  FST_ERR_BAD_URL: ['invalid_request', 'The path is not a valid URL'],
  FST_ERR_MAX_PARAM_LENGTH: ['study_not_found', 'No study has so long a name'],
}

export function registerErrorHandlers(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, asFault(error)))
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      request,
      reply,
      new Fault('not_found', `There is no ${request.method} ${path(request)}: see /docs`),
    ),
  )
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, fault: Fault): void {
  if (fault.status >= 500) request.log.error({ err: fault, cause: fault.cause }, fault.message)
  if (fault.retryable) void reply.header('retry-after', '1')
  void reply
    .status(fault.status)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify(problemOf(request, fault)))
}

function problemOf(request: FastifyRequest, fault: Fault) {
  return {
    type: `https://chiron.invalid/problems/${fault.code}`,
    title: FAULTS[fault.code].title,
    status: fault.status,
    detail: fault.message,
    instance: path(request),
    code: fault.code,
    retryable: fault.retryable,
    ...fault.extra,
  }
}

export function asFault(error: unknown): Fault {
  const known = asDatabaseFault(error)
  if (known instanceof Fault) return known
  const ofFastify = FASTIFY_CODES[String((error as { code?: unknown }).code)]
  if (ofFastify !== undefined) return new Fault(...ofFastify)
  return new Fault('internal', 'Something failed in the service: its log says what', {}, { cause: error })
}

function path(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!
}
