/** What an agent's edits gave, as charts: the same on the page and in the report. */
import { barChart } from '../bars.js'
import { type Chart, type Line, type Symbols, xyChart } from '../xy.js'
import type { CategoryFacts, ProgramFacts } from './facts.js'

interface Objective {
  readonly metric: string
  readonly direction: 'minimize' | 'maximize'
}

/** Kept, discarded and crashed programs over the trials, and the best kept one so far. */
export function programsChart(
  programs: readonly ProgramFacts[],
  { metric, direction }: Objective,
  width: number,
): Chart {
  const valued = programs.filter(({ value }) => value !== null)
  const kept = valued.filter(({ status }) => status === 'kept')
  const crashed = programs.filter(({ status }) => status === 'crashed')
  const steps = bestSoFar(kept, direction)
  const last = Math.max(0, ...programs.map(({ number }) => number))
  const best = steps.at(-1)?.[1]
  const worst = worstOf(valued, direction)
  const layer = (
    label: string,
    chosen: readonly ProgramFacts[],
    look: Pick<Symbols, 'shape' | 'colour' | 'size'>,
  ): Symbols => ({
    label,
    ...look,
    x: chosen.map(({ number }) => number),
    y: chosen.map(({ value }) => value ?? worst),
    ids: chosen.map(({ number }) => number),
  })
  return xyChart({
    width,
    height: width < 600 ? 260 : 320,
    title: `Programs: ${metric} of each`,
    description: `${kept.length} of ${programs.length} programs were kept${best === undefined ? '' : `; the best has ${best}`}.`,
    x: { label: 'trial that ran it first', whole: true, include: [0] },
    y: { label: `${metric} (${direction === 'minimize' ? 'lower' : 'higher'} is better)` },
    lines: [
      {
        label: 'best kept so far',
        colour: 'ink',
        width: 1.8,
        steps: true,
        points: best === undefined ? [] : [...steps, [last, best]],
      },
    ],
    symbols: [
      layer(
        'discarded',
        valued.filter(({ status }) => status === 'discarded'),
        { shape: 'circle', colour: 'muted', size: 6 },
      ),
      layer(
        'undecided',
        valued.filter(({ status }) => status === 'pending'),
        { shape: 'ring', colour: 'c4', size: 7 },
      ),
      layer('kept', kept, { shape: 'star', colour: 'c0', size: 12 }),
      layer('crashed', crashed, { shape: 'cross', colour: 'bad', size: 8 }),
    ].filter(({ x }) => x.length > 0),
  })
}

function bestSoFar(kept: readonly ProgramFacts[], direction: Objective['direction']): [number, number][] {
  const steps: [number, number][] = []
  const sign = direction === 'minimize' ? 1 : -1
  for (const { number, value } of kept.toSorted((a, b) => a.number - b.number))
    if (steps.length === 0 || sign * value! < sign * steps.at(-1)![1]) steps.push([number, value!])
  return steps
}

/** Where crashed programs are drawn, because they have no value. */
function worstOf(valued: readonly ProgramFacts[], direction: Objective['direction']): number {
  const values = valued.map(({ value }) => value!)
  if (values.length === 0) return 1
  return direction === 'minimize' ? Math.max(...values) : Math.min(...values)
}

const OUTCOMES = [
  ['kept', 'c0'],
  ['discarded', 'muted'],
  ['crashed', 'bad'],
] as const

/** What became of the edits of each category. */
export function categoriesChart(byCategory: readonly CategoryFacts[], width: number): Chart {
  const named = byCategory.filter(({ category }) => category !== null)
  return barChart({
    title: 'Edits by category, and what became of them',
    description: named.map(({ category, edits, kept }) => `${category}: ${kept} of ${edits} kept`).join('; '),
    width,
    x: { label: 'edits', whole: true },
    series: OUTCOMES.map(([label, colour]) => ({ label, colour })),
    rows: named.map((one) => ({ label: one.category!, values: OUTCOMES.map(([outcome]) => one[outcome]) })),
    stacked: true,
  })
}

const DASHES = [undefined, [7, 4], [2, 3], [10, 3, 2, 3]] as const

/** How many edits of each category there were by each trial. */
export function categoriesOverTimeChart(programs: readonly ProgramFacts[], width: number): Chart {
  const edits = programs.filter(({ parent }) => parent !== null).toSorted((a, b) => a.number - b.number)
  const counts = new Map<string, number>()
  for (const { category } of edits) counts.set(category, (counts.get(category) ?? 0) + 1)
  const last = edits.at(-1)?.number ?? 0
  const names = [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name)
  const lines = names.slice(0, 8).map((name, i): Line => {
    const own = edits.filter(({ category }) => category === name)
    const dash = DASHES[i % DASHES.length]
    return {
      label: name,
      colour: `c${i}`,
      steps: true,
      endLabel: true,
      points: [[0, 0], ...own.map(({ number }, k) => [number, k + 1] as const), [last, own.length]],
      ...(dash && { dash }),
    }
  })
  return xyChart({
    width,
    height: 260,
    title: 'Edits of each category, added up',
    description: names.map((name) => `${name}: ${counts.get(name)}`).join('; '),
    x: { label: 'trial', whole: true, include: [0] },
    y: { label: 'edits', whole: true, include: [0] },
    lines,
  })
}
