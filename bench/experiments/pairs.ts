/**
 * Whether the seeds of an experiment pair: the correlation of its arms over seeds, with the same starting design and the
 * same noise in every arm of a seed (`paired: true`, which is what experiments do) and without.
 */
import { correlationInterval, pearson } from '../../src/statistics/correlation.js'
import { mean } from '../../src/statistics/describe.js'
import type { Interval } from '../../src/statistics/student-t.js'
import type { Measurement, Table } from '../subject.js'
import type { Size } from './examples.js'
import { part } from './part.js'
import { type Cell, failuresOf, openService, type Plan } from './run-experiment.js'

const ARMS = ['random', 'tpe', 'cma-es', 'gp', 'centaur-expert'] as const
export const MEASURES = ['endpoint', 'best', 'worth'] as const
type Measure = (typeof MEASURES)[number]

export interface Variant {
  readonly paired: boolean
  readonly cells: readonly Cell[]
  readonly missing: Measurement['missing']
  readonly wallSeconds: number
}

export const pairs = part<Size, readonly Variant[]>({
  id: 'pairs',
  full: { hours: 8, seeds: 16 },
  quick: { hours: 1, seeds: 4 },
  measure: measurePairs,
  show: (variants, size) => ({
    tables: [correlationTable(variants, size), armPairsTable(variants)],
    pictures: {},
    missing: variants.flatMap(({ missing }) => missing),
    rows: variants.flatMap((variant) => correlations(variant)),
    raw: { pairs: variants },
  }),
})

export async function measurePairs(size: Size, say: (line: string) => void): Promise<Variant[]> {
  const service = await openService(say)
  try {
    const variants: Variant[] = []
    for (const paired of [false, true]) {
      const ended = await service.run(planOf(paired, size))
      variants.push({
        paired,
        cells: ended.cells,
        missing: failuresOf(ended),
        wallSeconds: ended.wallSeconds,
      })
    }
    return variants
  } finally {
    await service.stop()
  }
}

function planOf(paired: boolean, { hours, seeds }: Size): Plan {
  return {
    name: paired ? 'pairs' : 'no-pairs',
    study: {
      space: 'autoresearch-14',
      objective: { metric: 'val_bpb', direction: 'minimize' },
      trainer: 'simulated-h200',
      budget: { trainSeconds: hours * 3600, trialSeconds: 300 },
      paired,
    },
    arms: ARMS.map((method) => ({ name: method, method })),
    seeds,
    baseline: ARMS[0],
    parallel: 4,
  }
}

export interface Correlation {
  readonly paired: boolean
  readonly measure: Measure
  /** The mean over all pairs of arms, and the interval of a correlation that they share. */
  readonly mean: number
  readonly interval: Interval | null
  readonly seeds: number
  readonly byPair: readonly { readonly arms: readonly [string, string]; readonly r: number }[]
}

export function correlations({ paired, cells }: Variant): Correlation[] {
  const whole = wholeSeeds(cells)
  return MEASURES.map((measure) => {
    const values = ARMS.map((arm) =>
      whole.map((seed) => cells.find((cell) => cell.arm === arm && cell.seed === seed)![measure]!),
    )
    const byPair = ARMS.flatMap((own, i) =>
      ARMS.slice(i + 1).map((other, k) => ({
        arms: [own, other] as const,
        r: pearson(values[i]!, values[i + 1 + k]!),
      })),
    )
    const together = mean(byPair.map(({ r }) => r))
    const interval = correlationInterval(together, whole.length, ARMS.length)
    return { paired, measure, mean: together, interval, seeds: whole.length, byPair }
  })
}

/** The seeds that every arm has finished. */
function wholeSeeds(cells: readonly Cell[]): number[] {
  const seeds = [...new Set(cells.map(({ seed }) => seed))]
  return seeds.filter((seed) =>
    cells.every((cell) => cell.seed !== seed || (cell.state === 'finished' && cell.worth !== undefined)),
  )
}

const WHAT: Readonly<Record<Measure, string>> = {
  endpoint: 'endpoint: what is recommended, run again',
  best: 'best observed',
  worth: 'what is recommended, without noise',
}

export function correlationTable(variants: readonly Variant[], { hours }: Size): Table {
  const [before, after] = [variants.find(({ paired }) => !paired)!, variants.find(({ paired }) => paired)!]
  const [old, now] = [correlations(before), correlations(after)]
  return {
    title: `experiments: the correlation of arms over seeds, ${hours} simulated hours`,
    columns: ['by', 'seeds', 'not paired', '95 %', 'paired', '95 %'],
    rows: MEASURES.map((measure, i) => [
      WHAT[measure],
      `${old[i]!.seeds}, ${now[i]!.seeds}`,
      signed(old[i]!.mean),
      intervalText(old[i]!.interval),
      signed(now[i]!.mean),
      intervalText(now[i]!.interval),
    ]),
    notes: [
      `Pearson’s correlation, the mean over the ${now[0]!.byPair.length} pairs of ${ARMS.join(', ')}; Fisher’s interval of a ` +
        'correlation that all pairs of arms share. Paired: the arms of a seed begin with the same starting design where their ' +
        'optimizer has one, and a configuration has the same noise in all of them.',
    ],
  }
}

export function armPairsTable(variants: readonly Variant[]): Table {
  const of = (paired: boolean, measure: Measure) =>
    correlations(variants.find((variant) => variant.paired === paired)!).find(
      (one) => one.measure === measure,
    )!
  const shown = (['endpoint', 'best'] as const).flatMap((measure) => [of(false, measure), of(true, measure)])
  const alone = correlationInterval(0, shown[0]!.seeds)
  return {
    title: 'experiments: the same by pairs of arms',
    columns: ['arms', 'endpoint, not paired', 'paired', 'best observed, not paired', 'paired'],
    rows: shown[0]!.byPair.map(({ arms }, i) => [
      arms.join(' and '),
      ...shown.map(({ byPair }) => signed(byPair[i]!.r)),
    ]),
    notes: alone
      ? [`With so many seeds, two arms without any correlation are between ${intervalText(alone)} in 95 %.`]
      : [],
  }
}

function intervalText(interval: Interval | null): string {
  return interval === null ? '–' : `${signed(interval[0])} to ${signed(interval[1])}`
}

function signed(r: number): string {
  if (Number.isNaN(r)) return '–'
  const text = r.toFixed(2)
  return r < 0 ? text.replace('-', '−') : `+${text}`
}
