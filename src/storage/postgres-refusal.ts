/** Says in one line why Postgres could not be used, and what to change in DATABASE_URL. The line never has the password. */
import { Fault } from '../faults.js'

export function explainRefusal(error: unknown, url: string): Fault {
  const { hostname, port, username, pathname } = new URL(url)
  const address = `${decodeURIComponent(hostname) || 'localhost'}:${port || 5432}`
  const user = decodeURIComponent(username) || 'the default user'
  const database = decodeURIComponent(pathname.slice(1)) || user
  return new Fault(
    'database_unavailable',
    `Postgres (DATABASE_URL: ${address}, user ${user}, database ${database}) ${reasonOf(error)}`,
    {},
    { cause: error },
  )
}

const REASONS: Readonly<Record<string, string>> = {
  '28P01': 'refused the login: the user or the password is wrong',
  '3D000': 'has no such database: create it, or name another',
  '53300': 'has no connection left: raise its max_connections, or lower CHIRON_POOL',
  '57P03': 'is starting or stopping: try again in a moment',
  ENOTFOUND: 'was not found: there is no host of this name',
  EAI_AGAIN: 'was not found: the name of its host could not be looked up',
  ECONNREFUSED: 'does not listen there: start it, or correct the host and the port',
  EHOSTUNREACH: 'cannot be reached: correct the host, or check the network',
  ENETUNREACH: 'cannot be reached: correct the host, or check the network',
}

function reasonOf(error: unknown): string {
  const { code, message, severity } = error as { code?: string; message?: string; severity?: string }
  const known = REASONS[code ?? '']
  if (known !== undefined) return known
  if (severity !== undefined) return `refused the connection: ${message}`
  if (/password must be a/.test(message ?? '')) return 'asks for a password, and the URL has none'
  if (/timeout/.test(message ?? ''))
    return 'did not answer: correct the host and the port, or check the network'
  return `could not be used: ${message}`
}
