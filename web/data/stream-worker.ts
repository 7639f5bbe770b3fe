/**
 * Follows the events of all studies for every tab of this browser, over one connection: a browser opens only six to a server.
 * The stream is open while a tab is visible. Events leave together, four times a second.
 */
import { followEvents, type StreamMessage } from './follow.js'

interface Scope {
  onconnect: ((event: { readonly ports: readonly MessagePort[] }) => void) | null
}

const ports = new Map<MessagePort, boolean>()
let stop: (() => void) | undefined

;(self as unknown as Scope).onconnect = ({ ports: [port] }) => {
  if (port === undefined) return
  ports.set(port, false)
  port.onmessage = ({ data }: MessageEvent<'visible' | 'hidden' | 'closed'>) => {
    if (data === 'closed') ports.delete(port)
    else ports.set(port, data === 'visible')
    followWhileLookedAt()
  }
}

function followWhileLookedAt(): void {
  const wanted = [...ports.values()].some((visible) => visible)
  if (wanted && stop === undefined) stop = followEvents(tellAll)
  if (!wanted) {
    stop?.()
    stop = undefined
  }
}

function tellAll(message: StreamMessage): void {
  for (const port of ports.keys()) port.postMessage(message)
}
