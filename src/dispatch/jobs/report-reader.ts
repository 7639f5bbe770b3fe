/** Reads the reports that a trainer appends to reports.jsonl while it runs. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

export interface Report {
  readonly step: number
  readonly value: number
}

export interface ReportBatch {
  readonly reports: readonly Report[]
  /** Marks the batch as forwarded. Until then every read returns it again. */
  accept(): void
}

/** At most this much is read at a time. */
const BATCH_BYTES = 2 ** 20
const NEWLINE = 10
/** A trainer's file may be a link or a pipe: the one is not followed, the other not waited for. */
const PLAINLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

export class ReportReader {
  private offset = 0

  constructor(private readonly path: string) {}

  /** Returns the reports of all whole lines that have not been accepted; lines that are not a report are skipped. */
  async read(): Promise<ReportBatch> {
    const file = await open(this.path, PLAINLY).catch(noFile)
    if (file === undefined) return { reports: [], accept: () => {} }
    try {
      return await this.readBatch(file)
    } finally {
      await file.close()
    }
  }

  private async readBatch(file: FileHandle): Promise<ReportBatch> {
    const found = await file.stat()
    if (!found.isFile()) return { reports: [], accept: () => {} }
    const { size } = found
    if (size < this.offset) this.offset = 0 // the trainer has written the file anew
    const buffer = Buffer.alloc(Math.min(size - this.offset, BATCH_BYTES))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, this.offset)
    const end = this.offset + lengthOfLines(buffer.subarray(0, bytesRead))
    const text = buffer.toString('utf8', 0, end - this.offset)
    return { reports: text.split('\n').flatMap(asReport), accept: () => (this.offset = end) }
  }
}

/** A line longer than a whole batch is no report: it counts as read, so that the lines after it are reached. */
function lengthOfLines(buffer: Buffer): number {
  const length = buffer.lastIndexOf(NEWLINE) + 1
  return length === 0 && buffer.length === BATCH_BYTES ? buffer.length : length
}

function noFile(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ELOOP') throw error
}

function asReport(line: string): Report[] {
  try {
    const { step, value } = JSON.parse(line)
    return Number.isInteger(step) && step >= 0 && Number.isFinite(value) ? [{ step, value }] : []
  } catch {
    return []
  }
}
