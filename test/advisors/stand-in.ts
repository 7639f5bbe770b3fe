/**
 * A server in the place of a language model's: it speaks both wire formats over real HTTP and behaves as its script says, one
 * entry a request; the last entry stays.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Behaviour =
  /** Answers with this text, as if the model had said it; never where it says `undefined`. */
  | {
      readonly says: string | ((request: Received) => string | undefined)
      readonly thinks?: string
      readonly afterMs?: number
    }
  | { readonly status: number; readonly retryAfter?: number | string; readonly body?: string }
  | { readonly stops: 'truncated' | 'refusal'; readonly says?: string }
  /** Cuts the connection in the middle of its answer. */
  | 'cuts'
  /** Never answers. */
  | 'hangs'
  /** Answers 200 with something that is no completion. */
  | 'babbles'

export interface Received {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  // biome-ignore lint/suspicious/noExplicitAny: two wire formats, read by the tests
  readonly body: any
}

/** What every answer that comes through uses up. */
export const USAGE = { input: 1000, cacheRead: 400, cacheWrite: 200, output: 50 }

export class StandIn {
  readonly received: Received[] = []
  /** How many tokens it counts in a request, where it does. */
  counts: ((request: Received) => number) | null = null
  readonly counted: Received[] = []
  private readonly held = new Set<ServerResponse>()
  private script: Behaviour[] = []

  private constructor(private readonly server: Server) {}

  static async open(...script: Behaviour[]): Promise<StandIn> {
    const server = createServer((request, response) => void standIn.answer(request, response))
    const standIn: StandIn = new StandIn(server)
    standIn.behaves(...script)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return standIn
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  /** What the service is to be configured with. */
  get llm() {
    return { anthropicKey: KEY, anthropicUrl: this.url, openaiUrl: `${this.url}/v1`, openaiKey: KEY }
  }

  behaves(...script: Behaviour[]): void {
    this.script = script
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith('/v1/models')) {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data": [{"id": "stand-in"}]}')
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = JSON.parse(Buffer.concat(chunks).toString())
    const received = { path: request.url!, headers: request.headers, body }
    if (received.path.startsWith('/v1/messages/count_tokens')) {
      this.counted.push(received)
      const answer = this.counts && JSON.stringify({ input_tokens: this.counts(received) })
      response.writeHead(answer ? 200 : 500, { 'content-type': 'application/json' }).end(answer)
      return
    }
    this.received.push(received)
    const behaviour = this.script.length > 1 ? this.script.shift()! : this.script[0]!
    behave(behaviour, received, response, this.held)
  }
}

export const KEY = 'sk-stand-in-secret'

function behave(
  behaviour: Behaviour,
  received: Received,
  response: ServerResponse,
  held: Set<ServerResponse>,
): void {
  const isClaude = received.path.startsWith('/v1/messages')
  const send = (status: number, body: string, headers: Record<string, string> = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
  if (behaviour === 'hangs') {
    held.add(response)
  } else if (behaviour === 'cuts') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{"id":')
    response.destroy()
  } else if (behaviour === 'babbles') {
    send(200, '"no completion"')
  } else if ('status' in behaviour) {
    const { status, retryAfter, body = `no, said with ${KEY}` } = behaviour
    send(
      status,
      JSON.stringify({ type: 'error', error: { type: 'error', message: body } }),
      retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
    )
  } else {
    const text = typeof behaviour.says === 'function' ? behaviour.says(received) : (behaviour.says ?? '')
    if (text === undefined) return void held.add(response)
    const stops = 'stops' in behaviour ? behaviour.stops : undefined
    const thinks = 'thinks' in behaviour ? behaviour.thinks : undefined
    const answer = JSON.stringify(isClaude ? message(text, stops, thinks) : completion(text, stops, thinks))
    setTimeout(() => send(200, answer), ('afterMs' in behaviour && behaviour.afterMs) || 0)
  }
}

function message(text: string, stops?: string, thinks?: string) {
  const reasons: Record<string, string> = { truncated: 'max_tokens', refusal: 'refusal' }
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'stand-in',
    content: [
      ...(thinks === undefined ? [] : [{ type: 'thinking', thinking: thinks, signature: '' }]),
      { type: 'text', text, citations: null },
    ],
    stop_reason: stops === undefined ? 'end_turn' : reasons[stops],
    usage: {
      input_tokens: USAGE.input,
      cache_read_input_tokens: USAGE.cacheRead,
      cache_creation_input_tokens: USAGE.cacheWrite,
      output_tokens: USAGE.output,
    },
  }
}

function completion(text: string, stops?: string, thinks?: string) {
  const reasons: Record<string, string> = { truncated: 'length', refusal: 'content_filter' }
  return {
    id: 'cmpl-1',
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        finish_reason: stops === undefined ? 'stop' : reasons[stops],
        message: { role: 'assistant', content: text, ...(thinks && { reasoning_content: thinks }) },
      },
    ],
    usage: {
      prompt_tokens: USAGE.input + USAGE.cacheRead,
      completion_tokens: USAGE.output,
      prompt_tokens_details: { cached_tokens: USAGE.cacheRead },
    },
  }
}
