/** The parts of axes that are marked, in the address as NAME:from:to|…, so that a link shows the same. */
import { queried, setQuery } from '../app/route.js'

export type Brushes = ReadonlyMap<string, readonly [from: number, to: number]>

export function readBrushes(): Brushes {
  const parts = queried('brush')
    .split('|')
    .map((part) => part.split(':'))
  return new Map(
    parts.flatMap(([name, from, to]) => {
      const range = [Number(from), Number(to)] as const
      return name && from !== undefined && range.every(Number.isFinite) ? [[name, range] as const] : []
    }),
  )
}

export function setBrush(name: string, range: readonly [number, number] | undefined): void {
  const next = new Map(readBrushes())
  if (range === undefined) next.delete(name)
  else next.set(name, [Math.min(...range), Math.max(...range)])
  setQuery({
    brush: [...next].map(([key, [from, to]]) => `${key}:${shortNumber(from)}:${shortNumber(to)}`).join('|'),
  })
}

/** Whether a row lies inside of every brush. */
export function insideBrushes(
  brushes: Brushes,
  valuesOf: (name: string) => readonly number[],
): (row: number) => boolean {
  const tests = [...brushes].map(([name, [from, to]]) => ({ values: valuesOf(name), from, to }))
  return (row) => tests.every(({ values, from, to }) => values[row]! >= from && values[row]! <= to)
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)))
}
