/** From numbers to places on the page, and the ticks between which one reads them. */

export interface Axis {
  /** With its unit. */
  readonly label: string
  readonly log?: boolean
  /** What is always shown, beside what the data need. */
  readonly include?: readonly number[]
  /** Where it ends, whatever the data say: what lies beyond is cut off. */
  readonly from?: number
  readonly to?: number
  readonly ticks?: readonly number[]
}

export interface Scale {
  at(value: number): number
  readonly ticks: readonly { readonly at: number; readonly label: string }[]
}

export function scaleOf(
  axis: Axis,
  shown: readonly number[],
  [start, end]: readonly [number, number],
): Scale {
  const [low, high] = domainOf(axis, shown)
  const map = axis.log ? Math.log : (value: number) => value
  const at = (value: number) =>
    start + ((end - start) * (map(Math.min(Math.max(value, low), high)) - map(low))) / (map(high) - map(low))
  const values = (axis.ticks ?? (axis.log ? logTicks(low, high) : linearTicks(low, high))).filter(
    (tick) => tick >= low && tick <= high,
  )
  const decimals = axis.log ? 0 : Math.max(...values.map(decimalsOf))
  return { at, ticks: values.map((tick) => ({ at: at(tick), label: plain(tick, decimals) })) }
}

/** Thousands apart by a thin space, at least so many decimals, and no more than it has. */
function plain(value: number, decimals: number): string {
  const [whole, fraction] = value.toFixed(Math.max(decimals, decimalsOf(value))).split('.')
  const grouped = whole!.length > 4 ? whole!.replace(/\B(?=(\d{3})+$)/g, '\u2009') : whole!
  return fraction ? `${grouped}.${fraction}` : grouped
}

function decimalsOf(value: number): number {
  return Number(value.toPrecision(6)).toString().split('.')[1]?.length ?? 0
}

function domainOf({ log, include = [], from, to }: Axis, values: readonly number[]): [number, number] {
  const shown = [...values, ...include].filter(Number.isFinite)
  const [low, high] = [Math.min(...shown), Math.max(...shown)]
  if (log) return [from ?? low / 1.15, to ?? high * 1.15]
  const room = (high - low || 1) * 0.04
  return [from ?? low - room, to ?? high + room]
}

function linearTicks(low: number, high: number): number[] {
  const step = niceStep((high - low) / 6)
  const first = Math.ceil(low / step)
  const count = Math.floor(high / step) - first + 1
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(10)))
}

function niceStep(rough: number): number {
  const decade = 10 ** Math.floor(Math.log10(rough))
  return decade * ([1, 2, 5, 10].find((factor) => factor * decade >= rough) ?? 10)
}

/** Decades, and 2 and 5 between them where there are few. */
function logTicks(low: number, high: number): number[] {
  const factors = Math.log10(high / low) < 2.5 ? [1, 2, 5] : [1]
  const decades = Array.from(
    { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, i) => Math.floor(Math.log10(low)) + i,
  )
  return decades.flatMap((decade) => factors.map((factor) => Number(`${factor}e${decade}`)))
}
