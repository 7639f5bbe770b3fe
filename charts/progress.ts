/** The best value so far, over trials, hours of training, wall time or dollars: the figure that everybody looks at first. */
import { timeUnit } from './hours.js'
import { looksOf } from './sources.js'
import { type Chart, type Line, type Symbols, xyChart } from './xy.js'

/** What the incumbents are drawn over. */
export const OVER = {
  trials: 'trials that ended',
  trainSeconds: 'training time',
  wallSeconds: 'time since the study was created',
  dollars: 'dollars for calls of language models',
} as const
export type Over = keyof typeof OVER

/** The unit of the axis, and how many of it are one hour; of trials and dollars they are themselves. */
export function unitOf(
  over: Over,
  end: Pick<ProgressStep, Over>,
): { readonly label: string; readonly factor: number } {
  if (over === 'trials' || over === 'dollars') return { label: OVER[over], factor: 1 }
  const { name, perHour } = timeUnit(end[over] / 3600)
  return { label: `${OVER[over]} (${name})`, factor: perHour }
}

export interface ProgressStep {
  readonly number: number
  readonly value: number
  readonly trials: number
  readonly trainSeconds: number
  readonly wallSeconds: number
  readonly dollars: number
  readonly withinNoise: boolean | null
  /** Who proposed it. */
  readonly source?: string
}

export interface ProgressRequest {
  readonly width: number
  readonly height: number
  readonly metric: string
  readonly direction: 'minimize' | 'maximize'
  readonly over: Over
  readonly log: boolean
  readonly steps: readonly ProgressStep[]
  /** Where the lines end. */
  readonly end: Pick<ProgressStep, Over>
  /** Every trial with a value, and every failed one, at its place in trials, hours or dollars. */
  readonly trials: {
    readonly x: readonly number[]
    readonly y: readonly number[]
    readonly ids: readonly number[]
    /** The values of those that ran to their end, where others stopped early: the axis is made for them. */
    readonly complete?: readonly number[]
  }
  readonly failures: { readonly x: readonly number[]; readonly ids: readonly number[] }
  readonly sources: readonly string[]
  readonly domains?: { readonly x?: readonly [number, number]; readonly y?: readonly [number, number] }
  readonly hidden?: ReadonlySet<string>
}

/** In trials, hours or dollars. */
export function placeOf(step: Pick<ProgressStep, Over>, over: Over): number {
  return over === 'trainSeconds' || over === 'wallSeconds' ? step[over] / 3600 : step[over]
}

export function progressChart(request: ProgressRequest): Chart {
  const { metric, direction, over, steps, end, hidden = new Set(), domains = {} } = request
  const range = domains.y ?? yRange(request)
  const { label, factor } = unitOf(over, end)
  const scaled = (places: readonly number[]) =>
    factor === 1 ? places : places.map((place) => place * factor)
  const last = steps.at(-1)
  const staircase: Line = {
    label: 'best so far',
    colour: 'ink',
    width: 1.8,
    steps: true,
    points: [...steps, ...(last ? [{ ...end, value: last.value }] : [])].map((step) => [
      placeOf(step, over) * factor,
      step.value,
    ]),
  }
  return xyChart({
    width: request.width,
    height: request.height,
    title: `Best ${metric} over ${OVER[over]}`,
    description: last
      ? `${steps.length} improvements in ${end.trials} trials; the best is ${last.value} of trial ${last.number}.`
      : 'No trial has a value yet.',
    x: {
      label,
      whole: over === 'trials',
      include: [0],
      ...(domains.x && { domain: [domains.x[0] * factor, domains.x[1] * factor] }),
    },
    y: {
      label: `${metric} (${direction === 'minimize' ? 'lower' : 'higher'} is better)`,
      kind: request.log ? 'log' : 'linear',
      ...(range && { domain: range }),
    },
    lines: steps.length > 0 && !hidden.has(staircase.label) ? [staircase] : [],
    symbols: [allTrials(request), ...incumbents(request), failures(request, range)]
      .filter(({ label, x }) => x.length > 0 && !hidden.has(label))
      .map((layer) => ({ ...layer, x: scaled(layer.x) })),
  })
}

/** The worst fifth of the trials is left outside, so that the improvements can be told apart. Undefined where nothing has a value. */
function yRange({ trials, steps, direction, log }: ProgressRequest): [number, number] | undefined {
  const ended = trials.complete && trials.complete.length > 0 ? trials.complete : trials.y
  const sorted = Float64Array.from(ended.filter(Number.isFinite)).sort()
  const values = sorted.length > 0 ? sorted : Float64Array.from(steps.map(({ value }) => value)).sort()
  if (values.length === 0) return undefined
  const share = values.length < 8 ? 0 : 0.2
  const at = (part: number) => values[Math.round(part * (values.length - 1))]!
  const [low, high] = direction === 'minimize' ? [at(0), at(1 - share)] : [at(share), at(1)]
  const best = steps.at(-1)?.value ?? low
  const [least, most] = [Math.min(low, best), Math.max(high, best)]
  if (log && least > 0) return [least / (most / least) ** 0.06 / 1.001, most * (most / least) ** 0.06 * 1.001]
  const room = (most - least) * 0.06 || Math.abs(best) * 0.05 || 1
  return [least - room, most + room]
}

function allTrials({ trials: { x, y, ids } }: ProgressRequest): Symbols {
  return { label: 'trials', shape: 'circle', colour: 'muted', size: 4, opacity: 0.55, x, y, ids }
}

/** Hollow where the improvement is within noise. */
function incumbents({ steps, sources, over }: ProgressRequest): Symbols[] {
  const looks = looksOf(sources)
  const layer = (
    label: string,
    chosen: readonly ProgressStep[],
    rest: Pick<Symbols, 'shape' | 'colour' | 'size'>,
  ): Symbols => ({
    label,
    ...rest,
    x: chosen.map((step) => placeOf(step, over)),
    y: chosen.map(({ value }) => value),
    ids: chosen.map(({ number }) => number),
  })
  const clear = steps.filter(({ withinNoise }) => withinNoise !== true)
  return [
    ...sources.map((source) =>
      layer(
        `best, by ${source}`,
        clear.filter((step) => step.source === source),
        { ...looks.get(source)!, size: 11 },
      ),
    ),
    layer(
      'best, within noise',
      steps.filter(({ withinNoise }) => withinNoise === true),
      { shape: 'ring', colour: 'ink', size: 10 },
    ),
  ]
}

/** At the edge of the worse values, because they have none. */
function failures(
  { failures, direction }: ProgressRequest,
  range: readonly [number, number] | undefined,
): Symbols {
  const edge = range?.[direction === 'minimize' ? 1 : 0] ?? 1
  return {
    label: 'failed',
    shape: 'cross',
    colour: 'bad',
    size: 7,
    opacity: 0.75,
    x: failures.x,
    y: failures.x.map(() => edge),
    ids: failures.ids,
  }
}
