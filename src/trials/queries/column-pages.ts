/**
 * Pages of columns, for whoever draws all trials of a study: once all of it, then only what an event has changed. An
 * event's number is the study's version, so the answer to "what changed after event n?" misses nothing.
 */
import type { ColumnWriter } from './column-writer.js'

/** A page ends with the batch that reaches this. */
const PAGE_BYTES = 4 * 2 ** 20
/** Between two batches other requests are served. */
const FIRST_BATCH = 200
const LARGEST_BATCH = 2000

export interface ColumnPage<Row> {
  readonly count: number
  readonly columns: Iterable<readonly [name: string, json: string]>
  /** The last row of the page, where more rows may follow. */
  readonly next?: Row
}

/** `read` answers with up to so many rows after a row (undefined: from the first one). */
export async function readColumnPage<Row>(
  writers: readonly ColumnWriter<Row>[],
  read: (after: Row | undefined, limit: number) => Promise<Row[]>,
): Promise<ColumnPage<Row>> {
  let [count, bytes] = [0, 0]
  let last: Row | undefined
  let isFull = false
  while (!isFull) {
    const asked = batchSize(count, bytes)
    const rows = await read(last, asked)
    for (const writer of writers) bytes += writer.add(rows)
    count += rows.length
    last = rows.at(-1) ?? last
    if (rows.length < asked) return { count, columns: columnsOf(writers) }
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

function* columnsOf<Row>(writers: readonly ColumnWriter<Row>[]) {
  for (const writer of writers) yield* writer.columns()
}
