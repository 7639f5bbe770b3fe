/** The records of a file of rows, in batches that one request may have. */
import type { Limits } from '../../limits.js'

/** The lines of a file; of CSV, one that ends within quotation marks goes on in the next (RFC 4180). */
export function recordsOf(text: string, type: 'csv' | 'jsonl'): string[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  return (type === 'jsonl' ? lines : joinQuoted(lines)).filter((record) => record.trim() !== '')
}

function joinQuoted(lines: readonly string[]): string[] {
  const records: string[] = []
  let open: string[] = []
  let quotes = 0
  for (const line of lines) {
    open.push(line)
    quotes += line.split('"').length - 1
    if (quotes % 2 === 1) continue
    records.push(open.join('\n'))
    open = []
  }
  return [...records, open.join('\n')]
}

export interface Batch {
  /** The place of its first record, counted from 1. */
  readonly first: number
  readonly rows: readonly string[]
}

/** The embedded database answers nobody while it stores a batch: 0.05 ms a row. */
const MOST_ROWS = 1000

export function* batchesOf(
  records: readonly string[],
  { importRows, importBytes }: Pick<Limits, 'importRows' | 'importBytes'>,
): Generator<Batch> {
  const most = importBytes / 2 // the header comes on top
  const mostRows = Math.min(MOST_ROWS, importRows)
  for (let first = 0; first < records.length; ) {
    let [end, bytes] = [first, 0]
    while (end < records.length && end - first < mostRows) {
      bytes += Buffer.byteLength(records[end]!) + 1
      if (bytes > most && end > first) break
      end++
    }
    yield { first: first + 1, rows: records.slice(first, end) }
    first = end
  }
}
