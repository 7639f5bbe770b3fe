/** The type of a trial's row. */
import type { trials } from './tables.js'

type StoredTrial = typeof trials.$inferSelect

/** Times are strings where a statement returns trials as JSON. */
export type TrialRow = Omit<StoredTrial, 'leaseExpiresAt' | 'createdAt' | 'settledAt'> & {
  readonly leaseExpiresAt: Date | string | null
  readonly createdAt: Date | string
  readonly settledAt: Date | string | null
}
