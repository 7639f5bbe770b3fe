/** A trial as it is stored. */
import type { trials } from './tables.js'

type StoredTrial = typeof trials.$inferSelect

/** A statement that returns trials as JSON gives their times as text. */
export type TrialRow = Omit<StoredTrial, 'leaseExpiresAt' | 'createdAt' | 'settledAt'> & {
  readonly leaseExpiresAt: Date | string | null
  readonly createdAt: Date | string
  readonly settledAt: Date | string | null
}
