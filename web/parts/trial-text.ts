/** Trials in a few words, and what follows from their order. */
import { durationText, numberText } from '../../charts/numbers.js'
import type { LiveStudy } from '../data/study.js'
import type { Table } from '../data/table.js'

export function aboutTrial({ table }: LiveStudy, number: number): string {
  const row = table.rowOf(number)
  if (row === undefined) return `trial ${number}`
  const value = table.numbers('value')[row]!
  const result = Number.isFinite(value)
    ? numberText(value, 6)
    : table.text('failure', row) || table.text('state', row)
  const seconds = table.numbers('trainSeconds')[row]!
  return [
    `trial ${number}`,
    result,
    table.text('source', row),
    Number.isFinite(seconds) && seconds > 0 ? durationText(seconds) : '',
  ]
    .filter(Boolean)
    .join(' · ')
}

/** The train seconds that were spent when each ended trial ended. */
export function cumulative(table: Table): number[] {
  const seconds = table.numbers('trainSeconds')
  let sum = 0
  return table.ended.map((row) => {
    sum += seconds[row]! || 0
    return sum
  })
}
