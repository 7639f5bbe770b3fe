/** Answers what is no HTTP, or does not arrive in time, with a problem document. No route and no hook sees it. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
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

export class MalformedRequests {
  /** The answer to the last good request of a connection. */
  private readonly answers = new WeakMap<Socket, ServerResponse>()

  constructor(private readonly limits: Limits) {}

  /** Listens to `request` of the server. */
  readonly note = ({ socket }: IncomingMessage, answer: ServerResponse): void => {
    this.answers.set(socket, answer)
  }

  /** Listens to `clientError` of the server. */
  readonly answer = (error: ConnectionError, socket: Socket): void => {
    const last = this.answers.get(socket)
    const isOver = last === undefined || last.writableFinished
    if (isOver || isItsOwn(last)) this.refuse(error, socket)
    // The answer to the good request before this one comes first: a client takes answers in the order of its requests.
    else if (!last.headersSent) last.once('finish', () => this.refuse(error, socket))
    // A second answer in the middle of one that has begun would corrupt it.
    else socket.destroySoon()
  }

  private refuse(error: ConnectionError, socket: Socket): void {
    if (socket.writable && error.code !== 'ECONNRESET') socket.write(answerTo(error, this.limits))
    socket.destroySoon()
  }
}

/** Whether the malformed request is the one that would be answered: its body is wrong, or does not arrive. */
function isItsOwn({ req, headersSent }: ServerResponse): boolean {
  return !req.complete && !headersSent
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
