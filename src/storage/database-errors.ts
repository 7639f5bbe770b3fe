/** Classifies the errors of database drivers: transient ones become a retryable fault. */
import { Fault } from '../faults.js'

/** SQLSTATE classes of transient errors: connection, resources, operator intervention, rollback. */
const RETRYABLE_STATES = /^(08|53|57|40|58|25P03|55P03)/

export function databaseUnavailable(cause: unknown): Fault {
  return new Fault(
    'database_unavailable',
    'The database did not answer: try again in a moment',
    {},
    { cause },
  )
}

/** Turns a transient driver error into a retryable 503 fault. Other errors are returned unchanged. */
export function asDatabaseFault(error: unknown): unknown {
  const chain = causesOf(error)
  const fault = chain.find((one) => one instanceof Fault)
  if (fault !== undefined) return fault
  const isTransient = chain.some(({ code }) => RETRYABLE_STATES.test(String(code)))
  return isTransient ? databaseUnavailable(error) : error
}

/** An error and its causes, because drizzle wraps the driver's errors. */
function causesOf(error: unknown): (Error & { readonly code?: unknown })[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : []
}
