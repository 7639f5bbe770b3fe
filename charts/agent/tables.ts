/** How an agent works, as tables of texts: the same on the page and in the report. */
import type { TextTable } from '../experiment/tables.js'
import { dollarsText, durationText, numberText, percentText } from '../numbers.js'
import type { ArmBehaviourFacts, BehaviourFacts, EstimateFacts, ShareFacts } from './facts.js'

export function behaviourTable(found: BehaviourFacts): TextTable {
  const share = (name: string, { value, count, of, interval }: ShareFacts) => [
    name,
    percentText(value),
    intervalText(interval, percentText),
    `${count} of ${of}`,
  ]
  const number = (name: string, { value, interval }: EstimateFacts, of: number) => [
    name,
    short(value),
    intervalText(interval, short),
    String(of),
  ]
  return {
    head: ['what', 'value', '95 % interval', 'edits'],
    words: 1,
    rows: [
      share('kept, of all', found.success),
      share('kept, of what did not crash', found.keepRate),
      share('crashed', found.crashRate),
      share('could not be applied', found.skipRate),
      share('another category after a failure', found.pivots),
      share('the same program again', found.repeats.programs),
      share('the same change again', found.repeats.patches),
      share('the same description again', found.repeats.descriptions),
      number('entropy of categories, bits', found.entropyBits, found.n),
      number('edits between two keeps, mean', found.meanDryStreak, found.dryStreaks.length),
    ],
  }
}

/** What each category of edits gave, and what it cost. */
export function categoryTable({ byCategory }: BehaviourFacts): TextTable {
  return {
    head: [
      'category',
      'edits',
      'kept',
      'discarded',
      'crashed',
      'kept %',
      'gain of a kept one, mean',
      'best',
      'training',
      'tokens',
      'dollars',
    ],
    words: 1,
    rows: byCategory.map((one) => [
      one.category ?? 'could not be applied',
      ...[one.edits, one.kept, one.discarded, one.crashed].map(String),
      one.category === null ? '–' : percentText(one.kept / one.edits),
      short(one.meanGain),
      one.best === null ? '–' : numberText(one.best, 6),
      durationText(one.trainSeconds),
      numberText(one.tokens, 6),
      dollarsText(one.dollars),
    ]),
  }
}

const FIGURES = [
  ['success', 'kept, of all', percentText],
  ['crashRate', 'crashed', percentText],
  ['skipRate', 'could not be applied', percentText],
  ['breadth', 'categories', short],
  ['entropy', 'entropy, bits', short],
  ['pivots', 'another category after a failure', percentText],
  ['repeats', 'the same program again', percentText],
  ['plateau', 'longest dry streak', short],
] as const

/** The mean over seeds, with its interval. */
export function armBehaviourTable({ arms }: ArmBehaviourFacts): TextTable {
  return {
    head: ['arm', ...FIGURES.map(([, label]) => label)],
    words: 1,
    rows: arms.map(({ arm, figures }) => [
      arm,
      ...FIGURES.map(([figure, , text]) => estimateText(figures[figure]!, text)),
    ]),
  }
}

export function hypothesisTable({ hypotheses }: ArmBehaviourFacts): TextTable {
  return {
    head: ['figure', 'arm', 'against', 'expected', 'pairs', 'difference', 'p', 'p after Holm'],
    words: 4,
    rows: hypotheses.map(({ figure, arm, baseline, alternative, pairs, difference, p, adjusted }) => [
      FIGURES.find(([name]) => name === figure)?.[1] ?? figure,
      arm,
      baseline,
      alternative === 'two-sided' ? 'a difference' : alternative,
      String(pairs),
      short(difference),
      short(p),
      short(adjusted),
    ]),
  }
}

function estimateText({ value, interval }: EstimateFacts, text: (value: number | null) => string): string {
  if (value === null) return '–'
  return interval === null ? text(value) : `${text(value)} (${intervalText(interval, text)})`
}

function intervalText(ends: readonly number[] | null, text: (value: number) => string): string {
  return ends === null ? '–' : `${text(ends[0]!)} to ${text(ends[1]!)}`
}

function short(value: number | null): string {
  return value === null ? '–' : numberText(value, 3)
}
