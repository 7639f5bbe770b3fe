/** The trials of a study as columns of numbers, kept up to date by the rows that changed. */
import type { Columns, WireColumn } from './types.js'

export interface Column {
  readonly kind: 'number' | 'time' | 'category'
  /** NaN: none. Of a category: its place among the categories. */
  readonly values: number[]
  readonly categories: string[]
  readonly ordered: boolean
}

/** Larger than any number of attempts of a trial. */
const ATTEMPTS = 1024

export class Table {
  private readonly rows = new Map<number, number>()
  private readonly byName = new Map<string, Column>()
  size = 0
  /** The trials that ended, in the order in which they did. */
  readonly ended: number[] = []
  private endedAt = new Set<number>()

  /** A row is a trial, or one of its attempts. */
  constructor(private readonly of: 'trials' | 'attempts' = 'trials') {}

  column(name: string): Column | undefined {
    return this.byName.get(name)
  }

  /** A column, or else the parameter or the metric of that name. */
  named(name: string): Column | undefined {
    return this.column(name) ?? this.column(`params.${name}`) ?? this.column(`metrics.${name}`)
  }

  numbers(name: string): readonly number[] {
    return this.byName.get(name)?.values ?? []
  }

  rowOf(number: number): number | undefined {
    return this.rows.get(number)
  }

  /** The name of a category, or '' where there is none. */
  text(name: string, row: number): string {
    const column = this.byName.get(name)
    return column?.categories[column.values[row]!] ?? ''
  }

  get names(): string[] {
    return [...this.byName.keys()]
  }

  /** The parameters, in the order of the space. */
  get parameters(): string[] {
    return this.names.filter((name) => name.startsWith('params.')).map((name) => name.slice('params.'.length))
  }

  merge({ count, columns }: Columns): void {
    const keys = this.keys(columns).slice(0, count)
    const rows = keys.map((key) => this.rowFor(key))
    for (const [name, wire] of Object.entries(columns)) fill(this.ensure(name, wire), wire, rows)
    for (const column of this.byName.values())
      while (column.values.length < this.size) column.values.push(Number.NaN)
    this.order(rows)
  }

  private keys({ number, attempt }: Columns['columns']): number[] {
    if (number?.type !== 'number') return []
    if (this.of === 'trials') return number.values.map(Number)
    return number.values.map(
      (value, i) => value! * ATTEMPTS + (attempt?.type === 'number' ? attempt.values[i]! : 0),
    )
  }

  private rowFor(key: number): number {
    const known = this.rows.get(key)
    if (known !== undefined) return known
    this.rows.set(key, this.size)
    return this.size++
  }

  private ensure(name: string, wire: WireColumn): Column {
    const known = this.byName.get(name)
    // Rows without a value do not tell what a metric is, and come as numbers.
    if (known !== undefined && (known.kind === 'category' || wire.type !== 'category')) return known
    const made: Column = {
      kind: wire.type,
      values: new Array(this.size).fill(Number.NaN),
      categories: [],
      ordered: wire.type === 'category' && wire.ordered === true,
    }
    this.byName.set(name, made)
    return made
  }

  /** Trials end one after the other, so as a rule the new ones belong at the end. */
  private order(rows: readonly number[]): void {
    const settled = this.numbers('settledAt')
    let late = false
    for (const row of rows) {
      if (!(settled[row]! >= 0) || this.endedAt.has(row)) continue
      this.endedAt.add(row)
      const last = this.ended.at(-1)
      late ||= last !== undefined && settled[last]! > settled[row]!
      this.ended.push(row)
    }
    const number = this.numbers('number')
    if (late) this.ended.sort((a, b) => settled[a]! - settled[b]! || number[a]! - number[b]!)
  }
}

function fill(column: Column, wire: WireColumn, rows: readonly number[]): void {
  const { values } = column
  if (wire.type !== 'category') {
    rows.forEach((row, i) => {
      values[row] = wire.values[i] ?? Number.NaN
    })
    return
  }
  const codes = wire.categories.map((category) => codeFor(column, String(category)))
  rows.forEach((row, i) => {
    values[row] = codes[wire.codes[i]!] ?? Number.NaN
  })
}

function codeFor({ categories }: Column, category: string): number {
  const known = categories.indexOf(category)
  return known >= 0 ? known : categories.push(category) - 1
}
