/** Tables as Markdown that is also aligned: the same text for the terminal, the README and the results. */
import type { Table } from './subject.js'

export function markdown({ title, columns, rows, notes }: Table): string {
  const widths = columns.map((column, i) => Math.max(3, column.length, ...rows.map((row) => row[i]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  const parts = [`### ${title}`, '', line(columns), line(rule), ...rows.map(line)]
  return [...parts, ...notes.flatMap((note) => ['', note]), ''].join('\n')
}
