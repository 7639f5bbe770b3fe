/**
 * What a reader has to know beside the numbers, in plain sentences. The first is what the experiment can and cannot
 * show.
 */
import {
  describeOutlook,
  outlookOf,
  type PairTest,
  type PlanShape,
  percent,
  rounded,
  simulatePower,
} from '../plan.js'
import type { ArmRow } from './arms.js'
import type { ContrastRow } from './contrasts.js'
import type { CellResult, Grid } from './grid.js'
import type { CorrelationRow } from './seed-correlation.js'
import { isShown } from './verdicts.js'

export interface Noted {
  readonly grid: Grid
  /** Of the declared contrasts. */
  readonly shape: PlanShape
  readonly reached: number | null
  readonly arms: readonly ArmRow[]
  readonly contrasts: readonly ContrastRow[]
  readonly correlation: CorrelationRow | null
}

export function notesOn(noted: Noted): string[] {
  return [
    noteScope(noted),
    noteProgress(noted),
    noteCells(noted, 'missing', 'have not ended'),
    noteCells(noted, 'failed', 'failed'),
    noteFailures(noted),
    noteAdditions(noted),
    ...noted.contrasts.flatMap(noteLaterData),
    noteAnytime(noted),
    notePairing(noted),
  ].flat()
}

function noteScope({ shape }: Noted): string {
  const about = 'What this can and cannot show'
  if (shape.contrasts === 0)
    return `${about}: no contrast was declared, so nothing is tested; each interval is of one arm alone.`
  return `${about}: ${describeOutlook(shape, outlookOf(shape, [0.5, 1], POWER_REPETITIONS))}`
}

/** The standard error of a power is then 2.5 percentage points at most. */
const POWER_REPETITIONS = 400

function noteProgress({ shape: { looks, contrasts }, reached }: Noted): string[] {
  const next = looks.find((look) => look > (reached ?? 0))
  if (contrasts === 0) return []
  if (reached === null)
    return [
      `No planned look is reached by all arms yet; the first is at ${looks[0]} seeds. Verdicts are preliminary.`,
    ]
  if (next === undefined) return ['All planned looks are reached: the verdicts are final.']
  return [`The planned look at ${reached} of ${looks.at(-1)} seeds is reached; the next one is at ${next}.`]
}

function noteCells({ grid }: Noted, state: CellResult['state'], what: string): string[] {
  const { arms, seeds } = grid.plan
  const found = arms.flatMap((arm) => {
    const own = grid.cellsOf(arm).filter((cell) => cell.state === state)
    return own.length > 0 ? [{ arm, seeds: own.map(({ seed }) => seed) }] : []
  })
  if (found.length === 0) return []
  const count = found.reduce((total, one) => total + one.seeds.length, 0)
  const listed = found
    .slice(0, MOST_LISTED)
    .map((one) => `${one.arm} (${one.seeds.length === 1 ? 'seed' : 'seeds'} ${shortList(one.seeds)})`)
  const more = found.length > MOST_LISTED ? ` and ${found.length - MOST_LISTED} more arms` : ''
  return [`${count} of ${arms.length * seeds.length} runs ${what}: ${listed.join(', ')}${more}.`]
}

const MOST_LISTED = 6

function shortList(seeds: readonly number[]): string {
  return seeds.length <= MOST_LISTED
    ? seeds.join(', ')
    : `${seeds.slice(0, MOST_LISTED).join(', ')} and ${seeds.length - MOST_LISTED} more`
}

function noteFailures({ arms }: Noted): string[] {
  if (arms.every(({ failed }) => failed === 0)) return []
  return [
    'Means, differences and p are over finished runs. An arm is called better only where that also holds if each ' +
      'of its failed runs counts as a loss; a failed run of the other side never counts in its favour.',
  ]
}

function noteAdditions({ grid }: Noted): string[] {
  const { arms = [], seeds = [] } = grid.plan.added ?? {}
  return [
    ...(arms.length > 0
      ? [
          `Added after the start: ${arms.join(', ')}. The declared contrasts are corrected without them, ` +
            'theirs over all contrasts.',
        ]
      : []),
    ...(seeds.length > 0
      ? [
          `Added after the start: ${seeds.length === 1 ? 'seed' : 'seeds'} ${shortList(seeds)}. They narrow the ` +
            'intervals and move the e-values; verdicts fell at the planned looks.',
        ]
      : []),
  ]
}

/** A verdict stays, and the reader is told where later seeds are not of its mind. */
function noteLaterData(row: ContrastRow): string[] {
  if (!isShown(row) || row.low === null || row.look === null || row.n <= row.look) return []
  if (row.low > 0 || row.high! < 0) return []
  return [
    `${row.arm} was shown to be ${row.verdict} than ${row.baseline} at ${row.look} seeds; over all ${row.n} the ` +
      'interval of the difference includes zero.',
  ]
}

function noteAnytime({ contrasts }: Noted): string[] {
  const shown = contrasts.filter(({ anytime }) => anytime !== 'not shown')
  if (shown.length === 0) return []
  const each = shown.map(
    ({ arm, anytime, baseline, eValue }) => `${arm} is ${anytime} than ${baseline} (e = ${rounded(eValue)})`,
  )
  return [`By e-values, which may be read after every seed: ${each.join('; ')}.`]
}

/** Which of the two tests suits seeds that go together as far as these do. It is too late for this experiment. */
function notePairing({ shape, correlation }: Noted): string[] {
  if (shape.contrasts === 0 || !correlation) return []
  const arm = { effect: 1, correlation: Math.max(0, correlation.mean), repetitions: POWER_REPETITIONS }
  const powerOf = (test: PairTest) => simulatePower({ ...shape, test }, arm).power
  const other = shape.test === 'signed-rank' ? 'mann-whitney' : 'signed-rank'
  const [own, theirs] = [powerOf(shape.test), powerOf(other)]
  if (theirs < own + WORTH_A_NOTE) return []
  return [
    `Over seeds, the endpoints of two arms correlate by ${correlation.mean.toFixed(2)}. With such pairs the ` +
      `${NAMES[other]} test would find an arm that is 1 sd better in about ${percent(theirs)} of experiments, the ` +
      `${NAMES[shape.test]} test in ${percent(own)}. A test is declared before the data, so this is for the next ` +
      'experiment.',
  ]
}

const NAMES: Readonly<Record<PairTest, string>> = {
  'signed-rank': 'signed-rank',
  'mann-whitney': 'Mann–Whitney',
}

/** Several standard errors of a simulated power. */
const WORTH_A_NOTE = 0.1
