/** The service as a client sees it: JSON, and a stream of events. */
import { Fault } from '../faults.js'

export interface Api {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  /** From the first, for as long as somebody listens. */
  events<T>(path: string, signal: AbortSignal): AsyncGenerator<T>
}

export function openApi(server: string, token: string | undefined): Api {
  const base = server.replace(/\/$/, '')
  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
    const response = await fetch(base + path, { ...init, headers }).catch((error: Error) => {
      throw new Fault(
        'not_found',
        `Nothing answers at ${server}: ${((error.cause as Error | undefined) ?? error).message}`,
      )
    })
    if (response.ok) return response
    const problem = (await response.json().catch(() => ({}))) as { detail?: string }
    throw new Fault('invalid_request', problem.detail ?? `${server} answered ${response.status}`)
  }
  return {
    get: async <T>(path: string) => (await (await send(path)).json()) as T,
    post: async <T>(path: string, body: unknown) => {
      const json = { method: 'POST', headers: { 'content-type': 'application/json' } }
      return (await (await send(path, { ...json, body: JSON.stringify(body) })).json()) as T
    },
    async *events<T>(path: string, signal: AbortSignal) {
      const { body } = await send(path, { signal })
      let rest = ''
      for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop()!
        for (const line of lines) if (line.startsWith('data: ')) yield JSON.parse(line.slice(6)) as T
      }
    },
  }
}
