/** Reads server-sent events as a client does, and hangs up when it has seen enough. */
export interface SeenEvent {
  readonly id: string
  readonly event: string
  readonly data: {
    readonly study: string
    readonly seq: number
    readonly kind: string
    readonly [more: string]: unknown
  }
}

/** Events from after `lastEventId` on, until `enough` of them were seen, or the server ended the stream. */
export async function follow(
  url: string,
  enough: (seen: readonly SeenEvent[]) => boolean,
  lastEventId?: string,
): Promise<SeenEvent[]> {
  const hangUp = new AbortController()
  const headers = lastEventId === undefined ? undefined : { 'last-event-id': lastEventId }
  const answer = await fetch(url, { headers, signal: hangUp.signal })
  if (answer.status !== 200 || answer.headers.get('content-type') !== 'text/event-stream')
    throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
  const seen: SeenEvent[] = []
  try {
    for await (const block of blocks(answer.body!)) {
      if (!block.startsWith(':')) seen.push(read(block))
      if (enough(seen)) break
    }
  } catch (error) {
    if (!isCut(error)) throw error // the server died: what was seen stays seen
  } finally {
    hangUp.abort()
  }
  return seen
}

async function* blocks(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const parts = (text + chunk).split('\n\n')
    text = parts.pop()!
    yield* parts
  }
}

function read(block: string): SeenEvent {
  const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)))
  return { id: fields.id, event: fields.event, data: JSON.parse(fields.data) }
}

function isCut(error: unknown): boolean {
  return error instanceof TypeError && error.message === 'terminated'
}
