/** Classifies the errors of database drivers: transient ones become a retryable fault. */
import { Fault } from '../faults.js'

/** SQLSTATE classes of transient errors: connection, resources, operator intervention, rollback. */
const RETRYABLE_STATES = /^(08|53|57|40|58|25P03|55P03)/
const LOST_CONNECTION = /^(CONNECTION_|CONNECT_|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|NOT_TAGGED_CALL)/

/** Turns a transient driver error into a retryable 503 fault. Other errors are returned unchanged. */
export function asDatabaseFault(error: unknown): unknown {
  if (error instanceof Fault) return error
  const isTransient = codesOf(error).some((code) => RETRYABLE_STATES.test(code) || LOST_CONNECTION.test(code))
  if (!isTransient) return error
  return new Fault(
    'database_unavailable',
    'The database did not answer: try again in a moment',
    {},
    { cause: error },
  )
}

export function isLostConnection(error: unknown): boolean {
  return codesOf(error).some((code) => LOST_CONNECTION.test(code))
}

/** The codes of an error and of its causes, because drizzle and this service wrap the driver's errors. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  return [String((error as { code?: unknown }).code ?? ''), ...codesOf(error.cause)]
}
