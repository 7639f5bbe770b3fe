/** The event stream as this tab sees it: shared with the other tabs where the browser can do that. */
import { signal } from '@preact/signals'
import { followEvents, type StreamMessage, type StudyEvent } from './follow.js'

/** Whether what is shown follows the server. */
export const connection = signal<'starting' | 'live' | 'lost'>('starting')

type Listener = (events: readonly StudyEvent[] | 'open') => void
const listeners = new Set<Listener>()

/** `open`: the stream began, or began again; whatever happened before is to be asked for. */
export function listen(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function startStream(): void {
  if (typeof SharedWorker === 'function') shareStream()
  else followAlone()
}

function hear(message: StreamMessage): void {
  if (message.kind === 'lost') connection.value = 'lost'
  else {
    connection.value = 'live'
    for (const listener of listeners) listener(message.kind === 'open' ? 'open' : message.events)
  }
}

function shareStream(): void {
  const worker = new SharedWorker(new URL('./stream-worker.ts', import.meta.url), { type: 'module' })
  worker.onerror = () => followAlone()
  worker.port.onmessage = ({ data }: MessageEvent<StreamMessage>) => hear(data)
  const say = () => worker.port.postMessage(document.hidden ? 'hidden' : 'visible')
  say()
  document.addEventListener('visibilitychange', () => {
    say()
    // Another tab may have kept the stream open: then nothing says what was missed here.
    if (!document.hidden) for (const listener of listeners) listener('open')
  })
  addEventListener('pagehide', () => worker.port.postMessage('closed'))
  addEventListener('pageshow', (event) => event.persisted && say())
}

function followAlone(): void {
  let stop: (() => void) | undefined
  const look = () => {
    if (document.hidden) {
      stop?.()
      stop = undefined
    } else stop ??= followEvents(hear)
  }
  look()
  document.addEventListener('visibilitychange', look)
}
