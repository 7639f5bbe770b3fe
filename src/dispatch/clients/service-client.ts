/**
 * A client of the HTTP API, for the command line and for workers on other machines. Whatever goes wrong is a Fault.
 */
import { FAULTS, Fault, type FaultCode } from '../../faults.js'
import { version } from '../../root.js'
import { requireServerVersion } from './server-version.js'

export interface ServiceClient {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  /** Posts a text of another type than JSON. */
  upload<T>(path: string, type: string, text: string): Promise<T>
  /** The body as it arrives, however long that takes. */
  download(path: string): Promise<ReadableStream<Uint8Array>>
  /** The events of a stream from its first on, until the signal is aborted. */
  events<T>(path: string, signal: AbortSignal): AsyncGenerator<T>
}

/** Longer than the longest `wait` of an ask. */
const TIMEOUT_MS = 120_000
/** A proxy answers so for a service that may be back soon. */
const TOO_SOON = new Set([408, 425, 429])
const EVENT_DATA = 'data: '

export function openServiceClient(server: string, token: string | undefined): ServiceClient {
  const base = server.replace(/\/$/, '')

  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers)
    headers.set('user-agent', `chiron/${version}`)
    if (token) headers.set('authorization', `Bearer ${token}`)
    const response = await fetch(base + path, { ...init, headers }).catch((error) =>
      unreachable(server, error),
    )
    requireServerVersion(server, response.headers.get('chiron-version'))
    if (!response.ok) throw await refusal(server, response, token)
    return response
  }

  const call = async <T>(path: string, init: RequestInit): Promise<T> => {
    const response = await send(path, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
    const text = await response.text().catch((error) => unreachable(server, error))
    const body = parse(text)
    if (body !== undefined) return body as T
    throw new Fault('invalid_request', `${base}${path} did not answer with JSON: is it a Chiron service?`)
  }

  const upload = <T>(path: string, type: string, body: string) =>
    call<T>(path, { method: 'POST', headers: { 'content-type': type }, body })

  return {
    get: (path) => call(path, {}),
    post: (path, body) => upload(path, 'application/json', JSON.stringify(body)),
    upload,
    download: async (path) => (await send(path, {})).body!,
    async *events<T>(path: string, signal: AbortSignal) {
      const { body } = await send(path, { signal })
      try {
        for await (const line of linesOf(body!))
          if (line.startsWith(EVENT_DATA)) yield JSON.parse(line.slice(EVENT_DATA.length)) as T
      } catch (error) {
        if (signal.aborted || !(error instanceof TypeError)) throw error
        unreachable(server, error) // fetch throws a TypeError where the connection breaks
      }
    },
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    yield* lines
  }
}

function unreachable(server: string, error: Error): never {
  if (error.name === 'AbortError') throw error // the caller has aborted it
  const why =
    error.name === 'TimeoutError'
      ? `no answer within ${TIMEOUT_MS / 1000} s`
      : ((error.cause as Error | undefined) ?? error).message
  const text = `Nothing answers at ${server}: is the service running there? (${why})`
  throw new Fault('service_unreachable', text, {}, { cause: error })
}

/**
 * The Fault that the service threw, as its problem document describes it. A failure of the service itself may pass,
 * so the request may be sent again: the outcome of a trial must not be lost to one.
 */
async function refusal(server: string, response: Response, token: string | undefined): Promise<Fault> {
  const { code, detail, ...extra } = (parse(await response.text().catch(() => '')) ?? {}) as {
    readonly code?: string
    readonly detail?: string
  }
  const said = detail ?? `${server} answered ${response.status} ${response.statusText}`.trim()
  const text = code === 'unauthorized' ? tokenRemedy(server, token, said) : said
  if (code !== undefined && code in FAULTS && code !== 'internal')
    return new Fault(code as FaultCode, text, extra)
  const passes = response.status >= 500 || TOO_SOON.has(response.status)
  return new Fault(passes ? 'service_unreachable' : 'invalid_request', text, extra)
}

/** The service speaks of a header, which nobody sets on a command line. */
function tokenRemedy(server: string, token: string | undefined, said: string): string {
  if (token) return `${server} does not accept this token: set CHIRON_TOKEN to that of the service`
  return said.includes('Bearer') ? `${server} needs a token: set CHIRON_TOKEN to that of the service` : said
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
