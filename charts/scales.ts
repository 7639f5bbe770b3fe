/** From values to places and back, and the ticks between which one reads them. */
import { scaleLinear, scaleLog } from 'd3-scale'
import { numberText, ticksText } from './numbers.js'

export interface Axis {
  /** With its unit. */
  readonly label: string
  readonly kind?: 'linear' | 'log' | 'category'
  /** Of a category axis: value i is the i-th of them. */
  readonly categories?: readonly string[]
  /** Where it begins and ends, whatever the data say. */
  readonly domain?: readonly [number, number]
  /** What is always shown, beside what the data need. */
  readonly include?: readonly number[]
  /** Only whole numbers are labelled. */
  readonly whole?: boolean
  /** What is labelled, where it is not left to the axis. */
  readonly ticks?: readonly number[]
}

export interface Tick {
  readonly at: number
  readonly label: string
}

export interface Scale {
  readonly kind: 'linear' | 'log' | 'category'
  readonly label: string
  readonly domain: readonly [number, number]
  readonly range: readonly [number, number]
  readonly ticks: readonly Tick[]
  /** NaN where the value has no place: zero on a log axis, what is not a number. */
  at(value: number): number
  invert(place: number): number
  text(value: number): string
}

/** `apart`: the least distance of two ticks, in pixels. */
export function scaleOf(
  axis: Axis,
  given: Iterable<number>,
  range: readonly [number, number],
  apart = 56,
): Scale {
  // A log axis looks at its values twice, and a generator gives them once.
  const values = axis.kind === 'log' ? [...given] : given
  const kind = kindOf(axis, values)
  if (kind === 'category') return categoryScale(axis, range)
  const domain = domainOf(axis, kind, values)
  const count = Math.max(2, Math.min(10, Math.floor(Math.abs(range[1] - range[0]) / apart)))
  const d3 = (kind === 'log' ? scaleLog() : scaleLinear()).domain(domain).range([...range])
  const at = (value: number) => (kind === 'log' && value <= 0 ? Number.NaN : d3(value))
  const ticks = ticksOf(axis, kind === 'log', domain, count)
  return {
    kind,
    label: axis.label,
    domain,
    range,
    ticks: ticks.map(({ value, label }) => ({ at: at(value), label })),
    at,
    invert: (place) => d3.invert(place),
    text: numberText,
  }
}

/** A log axis of values that are not all positive is linear. */
function kindOf({ kind = 'linear', domain }: Axis, values: Iterable<number>): Scale['kind'] {
  if (kind !== 'log') return kind
  if (domain) return domain[0] > 0 ? 'log' : 'linear'
  let positive = false
  for (const value of values) {
    if (value < 0) return 'linear'
    positive ||= value > 0
  }
  return positive ? 'log' : 'linear'
}

function categoryScale({ label, categories = [] }: Axis, range: readonly [number, number]): Scale {
  const most = Math.max(1, categories.length)
  const step = (range[1] - range[0]) / most
  const at = (value: number) => range[0] + step * (value + 0.5)
  const text = (value: number) => categories[Math.round(value)] ?? ''
  return {
    kind: 'category',
    label,
    domain: [-0.5, most - 0.5],
    range,
    ticks: categories.map((category, i) => ({ at: at(i), label: category })),
    at,
    invert: (place) => (place - range[0]) / step - 0.5,
    text,
  }
}

function domainOf(
  { domain, include = [] }: Axis,
  kind: Scale['kind'],
  values: Iterable<number>,
): [number, number] {
  if (domain) return widened([...domain], kind, 0)
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const see = (value: number) => {
    if (!Number.isFinite(value) || (kind === 'log' && value <= 0)) return
    if (value < low) low = value
    if (value > high) high = value
  }
  for (const value of values) see(value)
  include.forEach(see)
  if (low > high) return kind === 'log' ? [1, 10] : [0, 1]
  return widened([low, high], kind, 0.04)
}

/** A little room on both sides, and some where there is only one value. */
function widened([low, high]: [number, number], kind: Scale['kind'], share: number): [number, number] {
  if (kind === 'log') {
    const room = low === high ? 2 : (high / low) ** share
    return [low / room, high * room]
  }
  if (low === high) {
    const room = Math.abs(low) * 0.05 || 0.5
    return [low - room, high + room]
  }
  return [low - (high - low) * share, high + (high - low) * share]
}

function ticksOf(
  { whole, ticks }: Axis,
  log: boolean,
  [low, high]: readonly [number, number],
  count: number,
) {
  const free = log ? logTicks([low, high], count) : linearTicks([low, high], count)
  const every = Math.ceil((ticks?.length ?? 0) / count)
  const given = ticks?.filter((tick, i) => i % every === 0 && tick >= low && tick <= high)
  const shown = given ?? (whole ? free.filter(Number.isInteger) : free)
  const labels = given ? given.map((tick) => numberText(tick, 4)) : ticksText(shown, log)
  return shown.map((value, i) => ({ value, label: labels[i]! }))
}

/** Decades; 2 and 5 between them where there are few; every second or third decade where there are many. */
function logTicks([low, high]: readonly [number, number], count: number): number[] {
  const decades = Math.log10(high / low)
  if (decades < 1) return linearTicks([low, high], Math.min(count, 5))
  const factors = decades * 3 <= count ? [1, 2, 5] : [1]
  const every = Math.max(1, Math.ceil(decades / count))
  const first = Math.floor(Math.log10(low))
  const powers = Array.from({ length: Math.ceil(decades) + 2 }, (_, i) => first + i)
  return powers
    .filter((power) => power % every === 0)
    .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
    .filter((value) => value >= low && value <= high)
}

function linearTicks(domain: readonly [number, number], count: number): number[] {
  return scaleLinear().domain(domain).ticks(count)
}
