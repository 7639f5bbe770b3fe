/** How long the service takes to end while it is busy: bodies that never arrive, event streams, and asks in flight. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { client } from '../service/client.js'
import type { Server, Stopped } from '../service/server.js'
import type { GuaranteePace } from './pace.js'

type Busy = Pick<GuaranteePace, 'slowBodies' | 'eventStreams'>

const ASKERS = 64

export async function stopUnderLoad(server: Server, { slowBodies, eventStreams }: Busy): Promise<Stopped> {
  const http = client(server.url, 1)
  for (const method of ['random', 'gp'])
    await http.post('/studies', { name: `stopped-${method}`, space: 'autoresearch-14', method })
  http.close()
  const asking = `POST /studies/stopped-random/ask HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`
  const sockets = await Promise.all([
    ...opened(server, slowBodies, `${asking}content-length: 100\r\n\r\n{"worker"`),
    ...opened(server, eventStreams, 'GET /studies/stopped-random/events HTTP/1.1\r\nhost: localhost\r\n\r\n'),
  ])
  const over = new AbortController()
  const asks = Array.from({ length: ASKERS }, (_, n) => askOn(server.url, n, over.signal))
  await sleep(500)
  const stopped = await server.stop()
  over.abort()
  for (const socket of sockets) socket.destroy()
  await Promise.all(asks)
  return stopped
}

function opened({ url }: Server, count: number, bytes: string): Promise<Socket>[] {
  const { hostname, port } = new URL(url)
  return Array.from({ length: count }, async () => {
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    socket.on('error', () => {}) // cut by the server
    socket.write(bytes)
    return socket
  })
}

/** Asks of both studies, whatever the answer, until it is over. */
async function askOn(url: string, n: number, over: AbortSignal): Promise<void> {
  for (let turn = 0; !over.aborted; turn++) {
    await fetch(`${url}/studies/stopped-${turn % 8 === 0 ? 'gp' : 'random'}/ask`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ worker: `w${n}-${turn}` }),
      signal: over,
    })
      .then((answer) => answer.text())
      .catch(() => sleep(10))
  }
}
