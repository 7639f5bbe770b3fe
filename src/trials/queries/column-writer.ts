/**
 * Columns of many rows as JSON text. Rows come in batches, and each batch is turned into text at once: so the size of an
 * answer is known while it grows, and no batch is kept.
 */
import type { Value } from '../../../search-spaces/index.js'
import type { Columns } from './query-columns.js'

export type Cell = Value | null

/** A column, or several whose names are known only by the rows. */
export interface ColumnWriter {
  /** Adds a batch, and answers how many bytes of text it takes. */
  add(batch: Columns): number
  /** By name, each column as JSON. */
  columns(): Iterable<readonly [name: string, json: string]>
}

/** The cells of a column in a batch. */
type Read = (batch: Columns) => readonly Cell[]

/** Numbers, or times in milliseconds since 1970. */
export class NumberColumn implements ColumnWriter {
  private readonly chunks: string[] = []

  constructor(
    private readonly name: string,
    private readonly read: Read,
    private readonly type: 'number' | 'time' = 'number',
  ) {}

  add(batch: Columns): number {
    return addChunk(this.chunks, this.read(batch))
  }

  *columns() {
    yield [this.name, `{"type":"${this.type}","values":${joined(this.chunks)}}`] as const
  }
}

/** Categories, coded by their place in the list of them. Those that are given come first, in their order. */
export class CategoryColumn implements ColumnWriter {
  private readonly chunks: string[] = []
  private readonly codes: Map<Cell, number>

  constructor(
    private readonly name: string,
    private readonly read: Read,
    given: readonly Value[] = [],
    private readonly ordered = false,
  ) {
    this.codes = new Map(given.map((value, code) => [value, code]))
  }

  add(batch: Columns): number {
    const known = this.codes.size
    const bytes = addChunk(
      this.chunks,
      this.read(batch).map((value) => this.codeOf(value)),
    )
    const added = [...this.codes.keys()].slice(known)
    return bytes + Buffer.byteLength(JSON.stringify(added))
  }

  *columns() {
    const categories = JSON.stringify([...this.codes.keys()])
    const ordered = this.ordered ? ',"ordered":true' : ''
    yield [
      this.name,
      `{"type":"category","categories":${categories},"codes":${joined(this.chunks)}${ordered}}`,
    ] as const
  }

  private codeOf(value: Cell): number {
    if (value === null) return -1
    const code = this.codes.get(value) ?? this.codes.size
    this.codes.set(value, code)
    return code
  }
}

/**
 * Columns whose names and types only the rows tell. A column is one of numbers where it has nothing else. Of more than
 * `most` names those that come first are taken.
 */
export class FoundColumns implements ColumnWriter {
  private readonly found: Map<string, Cell[]>
  private count = 0

  constructor(
    private readonly prefix: string,
    private readonly read: (batch: Columns) => readonly (Readonly<Record<string, Cell>> | null)[],
    private readonly most: number,
    private readonly named?: readonly string[],
  ) {
    this.found = new Map(named?.map((name) => [name, []]))
  }

  add(batch: Columns): number {
    const rows = this.read(batch)
    let bytes = 0
    for (const row of rows) {
      for (const [name, value] of Object.entries(row ?? {})) bytes += this.addCell(name, value)
      this.count++
    }
    return bytes + rows.length * this.found.size
  }

  *columns() {
    for (const [name, cells] of this.found) {
      const all = Array.from({ length: this.count }, (_, i) => cells[i] ?? null)
      const isNumber = all.every((cell) => cell === null || typeof cell === 'number')
      const column = isNumber
        ? new NumberColumn(this.prefix + name, () => all)
        : new CategoryColumn(this.prefix + name, () => all)
      column.add({})
      yield* column.columns()
    }
  }

  private addCell(name: string, value: Cell): number {
    const cells = this.found.get(name) ?? this.begin(name)
    if (cells === undefined) return 0
    cells[this.count] = value
    return typeof value === 'string' ? value.length : 8
  }

  private begin(name: string): Cell[] | undefined {
    if (this.named !== undefined || this.found.size >= this.most) return undefined
    const cells: Cell[] = []
    this.found.set(name, cells)
    return cells
  }
}

function addChunk(chunks: string[], values: readonly unknown[]): number {
  const text = JSON.stringify(values).slice(1, -1)
  if (text !== '') chunks.push(text)
  return text.length
}

function joined(chunks: readonly string[]): string {
  return `[${chunks.join(',')}]`
}
