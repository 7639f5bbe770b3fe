/** A trial as the API shows it. */
import type { TrialRow } from '../../storage/trial-row.js'

/** Members without a value are left out. The token is never shown: only its worker has it. */
export function viewTrial(row: TrialRow) {
  return {
    number: row.number,
    state: row.state,
    ...present('failure', row.failure),
    params: row.params,
    ...present('value', row.value),
    proposal: row.proposal,
    attempt: row.attempt,
    ...present('worker', row.worker),
    ...present('leaseExpiresAt', iso(row.leaseExpiresAt)),
    ...present('metrics', row.metrics),
    ...present('trainSeconds', row.trainSeconds),
    ...present('peakMemoryMb', row.peakMemoryMb),
    ...present('tokensPerSecond', row.tokensPerSecond),
    ...present('message', row.message),
    ...present('foreseen', row.foreseen),
    ...present('note', row.note),
    ...present('tags', row.tags && [...row.tags]),
    createdAt: iso(row.createdAt),
    ...present('settledAt', iso(row.settledAt)),
  }
}

export type TrialView = ReturnType<typeof viewTrial>

export function iso(time: string | Date): string
export function iso(time: string | Date | null): string | null
export function iso(time: string | Date | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}

function present<K extends string, T>(key: K, value: T | null): { [k in K]?: T } {
  return (value === null ? {} : { [key]: value }) as { [k in K]?: T }
}
