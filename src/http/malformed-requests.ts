/** Answers what is no HTTP, or does not arrive in time, with a problem document. No route and no hook sees it. */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError } from 'fastify'
import { Fault, type FaultCode } from '../faults.js'
import type { Limits } from '../limits.js'
import { problemOf } from './errors.js'

const CODES: Readonly<Record<string, readonly [FaultCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [
    'request_timeout',
    'The request did not arrive in time: send it again (CHIRON_REQUEST_SECONDS)',
  ],
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The headers are too large: send fewer (CHIRON_HEADER_BYTES)'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['payload_too_large', 'The extensions of a chunk are too large: send none'],
}

export function answerMalformed(limits: Limits) {
  return (error: ConnectionError, socket: Socket): void => {
    // Bytes that were written belong to an answer that has begun: a second one in its middle would corrupt it.
    if (socket.writable && socket.bytesWritten === 0 && error.code !== 'ECONNRESET')
      socket.write(answerTo(error, limits))
    socket.destroySoon()
  }
}

function answerTo({ code = '' }: ConnectionError, limits: Limits): string {
  const [faultCode, message] = CODES[code] ?? ['invalid_request', 'The request is not HTTP/1.1']
  const fault = new Fault(faultCode, message)
  const body = JSON.stringify(problemOf('', fault, limits))
  return [
    `HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n')
}
