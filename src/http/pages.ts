/** Pages of lists. A page is limited in bytes as well as in rows, because a thousand rows can be a gigabyte. */

/** The first batch of a page, before anything is known about the size of its rows. */
const FIRST_BATCH = 50

export interface Page<Row, View> {
  readonly shown: View[]
  /** The last row of the page where more rows may follow. */
  readonly next?: Row
}

/**
 * Reads a page in batches: `read` answers with up to so many rows after a row (undefined: from the first one). A page
 * ends before the row that would exceed `mostBytes`; it always has one row.
 */
export async function readPage<Row, View>(
  { limit, mostBytes }: { readonly limit: number; readonly mostBytes: number },
  read: (after: Row | undefined, limit: number) => Promise<Row[]>,
  view: (row: Row) => View,
): Promise<Page<Row, View>> {
  const shown: View[] = []
  let last: Row | undefined
  for (let bytes = 0; ; ) {
    const asked = Math.min(limit - shown.length, batchSize(shown.length, bytes, mostBytes))
    const rows = await read(last, asked)
    for (const row of rows) {
      const one = view(row)
      bytes += Buffer.byteLength(JSON.stringify(one))
      if (bytes > mostBytes && last !== undefined) return { shown, next: last }
      shown.push(one)
      last = row
    }
    if (rows.length < asked) return { shown }
    if (shown.length === limit) return { shown, next: last! }
  }
}

/** As many rows as fit into the rest of the page, by the mean size of those before. */
function batchSize(count: number, bytes: number, mostBytes: number): number {
  return count === 0 ? FIRST_BATCH : Math.max(1, Math.ceil(((mostBytes - bytes) * count) / bytes))
}
