/** What a driver's error means for whoever called: to be tried again, or ours to mend. */
import { Fault } from '../faults.js'

/** SQLSTATE classes that say "not now" rather than "never": connection, resources, operator, rollback. */
const RETRYABLE_STATES = /^(08|53|57|40|58|25P03|55P03)/
const LOST_CONNECTION = /^(CONNECTION_|CONNECT_|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|NOT_TAGGED_CALL)/

/** Turns a driver's error into a fault: passing trouble is 503 and may be tried again, the rest is ours. */
export function asDatabaseFault(error: unknown): unknown {
  if (error instanceof Fault) return error
  const isPassing = codesOf(error).some((code) => RETRYABLE_STATES.test(code) || LOST_CONNECTION.test(code))
  if (!isPassing) return error
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

/** Of an error and of what caused it: drizzle wraps what its driver throws, and so do we. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  return [String((error as { code?: unknown }).code ?? ''), ...codesOf(error.cause)]
}
