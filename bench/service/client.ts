/** A lean HTTP client on kept-alive connections: the bench should measure the service, not its own client. */
import { Agent, request } from 'node:http'

export interface Client {
  readonly base: string
  post<T>(path: string, body: unknown): Promise<T>
  get<T>(path: string): Promise<T>
  text(path: string): Promise<string>
  close(): void
}

export function client(base: string, connections: number): Client {
  const { hostname, port } = new URL(base)
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const send = (method: string, path: string, body?: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers =
        body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      const call = request({ hostname, port, agent, method, path, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          if (response.statusCode! < 300) resolve(text)
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 500)}`))
        })
      })
      call.on('error', reject)
      call.end(body)
    })
  return {
    base,
    post: async (path, body) => JSON.parse(await send('POST', path, JSON.stringify(body))),
    get: async (path) => JSON.parse(await send('GET', path)),
    text: (path) => send('GET', path),
    close: () => agent.destroy(),
  }
}
