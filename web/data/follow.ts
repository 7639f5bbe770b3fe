/** Reads the service's event stream. It goes on by itself after a restart of the server. */

export interface StudyEvent {
  readonly study: string
  readonly seq: number
  readonly kind: string
  readonly number: number | null
  readonly at: string
  readonly [more: string]: unknown
}

export type StreamMessage =
  | { readonly kind: 'open' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'events'; readonly events: readonly StudyEvent[] }

const GATHER_MS = 250
const AGAIN_MS = 1000
/** The server sends a comment every 15 s: a stream that says nothing for longer is dead. */
const SILENCE_MS = 40_000

/** From now on; returns how to stop it. */
export function followEvents(tell: (message: StreamMessage) => void): () => void {
  const stopped = new AbortController()
  const gather = gathered(tell)
  void follow(stopped.signal, tell, gather)
  return () => stopped.abort()
}

async function follow(
  stopped: AbortSignal,
  tell: (message: StreamMessage) => void,
  gather: (event: StudyEvent) => void,
): Promise<void> {
  let after = 'now'
  while (!stopped.aborted) {
    try {
      await readStream(
        `/events?after=${encodeURIComponent(after)}`,
        stopped,
        () => tell({ kind: 'open' }),
        (id, data) => {
          after = id
          gather(data)
        },
      )
    } catch {
      // The server is away, or the session has ended: the next try tells.
    }
    if (stopped.aborted) return
    tell({ kind: 'lost' })
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
  }
}

async function readStream(
  path: string,
  stopped: AbortSignal,
  opened: () => void,
  take: (id: string, data: StudyEvent) => void,
): Promise<void> {
  const silent = new AbortController()
  let timer = setTimeout(() => silent.abort(), SILENCE_MS)
  try {
    const signal = AbortSignal.any([stopped, silent.signal])
    const response = await fetch(path, { credentials: 'same-origin', signal })
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`)
    opened()
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      clearTimeout(timer)
      timer = setTimeout(() => silent.abort(), SILENCE_MS)
      const blocks = (rest + value).split('\n\n')
      rest = blocks.pop()!
      for (const block of blocks) readBlock(block, take)
    }
  } finally {
    clearTimeout(timer)
  }
}

function readBlock(block: string, take: (id: string, data: StudyEvent) => void): void {
  const field = (name: string) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2)
  const [id, data] = [field('id'), field('data')]
  if (id !== undefined && data !== undefined) take(id, JSON.parse(data))
}

function gathered(tell: (message: StreamMessage) => void): (event: StudyEvent) => void {
  let events: StudyEvent[] = []
  return (event) => {
    if (events.length === 0)
      setTimeout(() => {
        tell({ kind: 'events', events })
        events = []
      }, GATHER_MS)
    events.push(event)
  }
}
