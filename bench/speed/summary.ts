/** From blocks of timed trials to rows. */
import { median } from '../../src/statistics/describe.js'
import { growthExponent } from '../../src/statistics/growth.js'
import type { Blocks } from './pace.js'
import type { Row } from './rows.js'

export interface Timed {
  readonly id: string
  readonly label: string
  readonly ours: boolean
  /** Of the peer's namesake among ours. */
  readonly rival?: string
  readonly at: readonly { readonly length: number; readonly ask: number; readonly tell: number }[]
  /** The exponent of the ask's growth with the history, from 300 trials on. */
  readonly growth: number
}

export interface Points {
  readonly label: string
  readonly seconds: number
}

export function summarise(row: Row, blocks: readonly Blocks[]): Timed {
  const at = blocks.map(({ length, ask, tell }) => ({ length, ask: median(ask), tell: median(tell) }))
  const grown = at.filter(({ length }) => length >= 300)
  return {
    id: row.id,
    label: row.label,
    ours: row.by === 'us',
    ...(row.by === 'peer' && { rival: row.rival }),
    at,
    growth: growthExponent(
      grown.map(({ length }) => length),
      grown.map(({ ask }) => ask),
    ),
  }
}

export function summarisePoints(label: string, repeats: readonly number[]): Points {
  return { label, seconds: median(repeats) }
}
