/** A table on the terminal: text to the left, numbers to the right. */
import pc from 'picocolors'

export interface Column<Row> {
  readonly head: string
  readonly cell: (row: Row) => string
  /** Text begins at the left, unlike numbers. */
  readonly isText?: true
}

export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)))
  const heads = columns.map(({ head }) => head)
  const widths = heads.map((head, c) => Math.max(head.length, ...cells.map((row) => row[c]!.length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, c) => (columns[c]!.isText ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)))
      .join('  ')
      .trimEnd()
  return [pc.bold(line(heads)), ...cells.map(line)]
}
