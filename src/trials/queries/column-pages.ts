/**
 * Pages of columns, for whoever draws all trials of a study: once all of it, then only what an event has changed. An
 * event's number is the study's version, so the answer to "what changed after event n?" misses nothing.
 */
import type { ColumnWriter } from './column-writer.js'
import type { Columns } from './query-columns.js'

/** A page ends with the batch that reaches this. */
const PAGE_BYTES = 4 * 2 ** 20
/** Between two batches other requests are served. */
const FIRST_BATCH = 200
const LARGEST_BATCH = 2000

export interface ColumnPage {
  readonly count: number
  readonly columns: Iterable<readonly [name: string, json: string]>
  /** The last batch of the page, where more rows may follow. */
  readonly next?: Columns
}

/** `read` answers with up to so many rows after the last one of a batch (undefined: from the first one). */
export async function readColumnPage(
  writers: readonly ColumnWriter[],
  read: (after: Columns | undefined, limit: number) => Promise<Columns>,
): Promise<ColumnPage> {
  let [count, bytes] = [0, 0]
  let last: Columns | undefined
  let isFull = false
  while (!isFull) {
    const asked = batchSize(count, bytes)
    const batch = await read(last, asked)
    const { length } = batch.number!
    for (const writer of writers) bytes += writer.add(batch)
    count += length
    if (length > 0) last = batch
    if (length < asked) return { count, columns: columnsOf(writers) }
    isFull = bytes >= PAGE_BYTES
  }
  return { count, columns: columnsOf(writers), next: last! }
}

/** As many rows as fill the page, by the mean size of those before. */
function batchSize(count: number, bytes: number): number {
  if (count === 0) return FIRST_BATCH
  const left = Math.ceil(((PAGE_BYTES - bytes) * count) / Math.max(bytes, 1))
  return Math.max(1, Math.min(left, LARGEST_BATCH))
}

function* columnsOf(writers: readonly ColumnWriter[]) {
  for (const writer of writers) yield* writer.columns()
}
