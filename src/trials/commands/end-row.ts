/** The row that stores how a trial ended; without measurements where nobody measured. */
import type { Foreseen } from '../../domain/forecast.js'
import type { Tell } from '../../domain/tell.js'
import type { EndRow } from '../../engine/writes.js'

export function endRow(
  number: number,
  attempt: number,
  told: Partial<Tell>,
  end: Pick<EndRow, 'state' | 'failure' | 'value' | 'message'>,
  foreseen?: Foreseen,
): EndRow {
  return {
    number,
    attempt,
    ...end,
    metrics: told.metrics ?? null,
    train_seconds: told.trainSeconds ?? null,
    peak_memory_mb: told.peakMemoryMb ?? null,
    tokens_per_second: told.tokensPerSecond ?? null,
    ...(foreseen && { foreseen }),
  }
}
