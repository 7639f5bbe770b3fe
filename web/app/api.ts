/** Requests to the service. What it refuses is a Refusal, with the problem document's words. */
import { signal } from '@preact/signals'

export interface Session {
  readonly tokenRequired: boolean
  readonly signedIn: boolean
  readonly version: string
}

/** Undefined until the service has answered. */
export const session = signal<Session | undefined>(undefined)

export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly errors: readonly { readonly path: string; readonly message: string }[] = [],
  ) {
    super(message)
  }
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
}

export async function request<Answer>({ method, path, body }: Call, cancel?: AbortSignal): Promise<Answer> {
  const response = await fetch(path, {
    method,
    credentials: 'same-origin',
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
    ...(cancel && { signal: cancel }),
  })
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as Answer
  const refusal = await readRefusal(response)
  if (response.status === 401 && session.value && path !== '/login')
    session.value = { ...session.value, tokenRequired: true, signedIn: false }
  throw refusal
}

export function get<Answer>(path: string, cancel?: AbortSignal): Promise<Answer> {
  return request({ method: 'GET', path }, cancel)
}

async function readRefusal(response: Response): Promise<Refusal> {
  const problem = await response.json().catch(() => ({}))
  const { code = 'unknown', detail, title, errors } = problem
  return new Refusal(response.status, code, detail ?? title ?? `HTTP ${response.status}`, errors)
}

export function studyPath(study: string, ...more: readonly (string | number)[]): string {
  return ['/studies', encodeURIComponent(study), ...more.map((part) => encodeURIComponent(part))].join('/')
}

/** The command that does the same in a terminal. */
export function curlOf({ method, path, body }: Call): string {
  const parts = [`curl -s${method === 'GET' ? '' : ` -X ${method}`} ${quoted(location.origin + path)}`]
  if (session.value?.tokenRequired) parts.push(`-H "authorization: Bearer $CHIRON_TOKEN"`)
  if (body !== undefined)
    parts.push(`-H 'content-type: application/json'`, `-d ${quoted(JSON.stringify(body))}`)
  return parts.join(' \\\n  ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
