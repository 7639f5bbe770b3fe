/** Tells the outcome of a trial again and again until the service has answered. */
import { setTimeout } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { Fault } from '../../faults.js'

export type TellAnswer =
  | { readonly is: 'stored' }
  /** The trial was settled otherwise, by a cancel or by a newer attempt, and that stands. */
  | { readonly is: 'refused'; readonly why: string }
  /** We were stopped before there was an answer. */
  | { readonly is: 'unanswered' }

const RETRY_MS = 2000

export async function tellOutcome(
  tell: () => Promise<void>,
  logger: FastifyBaseLogger,
  stopped: AbortSignal,
): Promise<TellAnswer> {
  while (!stopped.aborted) {
    try {
      await tell()
      return { is: 'stored' }
    } catch (error) {
      if (error instanceof Fault && !error.retryable) return { is: 'refused', why: error.message }
      logger.warn({ err: error }, 'the outcome of a trial could not be told; it is told again soon')
      await setTimeout(RETRY_MS, undefined, { signal: stopped }).catch(() => {})
    }
  }
  return { is: 'unanswered' }
}
