/** The tables of `structure`. */
import { type Ended, failuresOf } from '../experiments/run-experiment.js'
import { interval, meanOf, plusMinus, probability, thousandths } from '../experiments/tables.js'
import type { Measurement, Table } from '../subject.js'
import type { Size } from './run.js'

export function measurementOf(ended: Ended, size: Size): Measurement {
  return {
    tables: [armTable(ended, size), contrastTable(ended)],
    pictures: {},
    versions: {},
    missing: failuresOf(ended),
    rows: ended.analysis.arms.map((arm) => ({ ...arm })),
    raw: ended,
  }
}

function armTable({ cells, analysis }: Ended, { trainSeconds, seeds }: Size): Table {
  return {
    title: `structure: gpt-cpu, ${trainSeconds} s of training in each of ${seeds} seeds`,
    columns: [
      'arm',
      'seeds',
      'endpoint',
      '95 %',
      'best observed',
      'trials',
      'model calls',
      'turns without an edit',
    ],
    rows: [...analysis.arms]
      .sort((a, b) => (a.mean ?? Infinity) - (b.mean ?? Infinity))
      .map((arm) => {
        const own = cells.filter((cell) => cell.arm === arm.name)
        const mean = (what: Parameters<typeof meanOf>[1], digits = 0) =>
          meanOf(own, what)?.toFixed(digits) ?? '–'
        return [
          arm.name,
          String(arm.n),
          plusMinus(arm.mean, arm.sd),
          interval(arm.low, arm.high),
          mean(({ best }) => best, 4),
          mean(({ trials }) => trials),
          mean(({ llmCalls }) => llmCalls),
          mean(({ fallbacks }) => fallbacks),
        ]
      }),
    notes: [
      'Bits per byte. Endpoint: the program and the constants that an arm recommends, run again three times with other seeds. All arms run ' +
        'the same command in the same sandbox, with the same scorer, and are charged by the supervisor’s clock; runs that confirm an ' +
        'edit are charged as all others, smoke runs are not. The editor draws edits of a fixed grammar by a hash of its prompt and learns ' +
        'nothing: the rows say what the methods do with edits of which some help, not what a model finds.',
    ],
  }
}

function contrastTable({ analysis }: Ended): Table {
  return {
    title: 'structure: paired tests',
    columns: ['arm', 'less', 'difference', '95 %', 'p', 'after Holm', 'verdict'],
    rows: analysis.contrasts.map(({ arm, baseline, difference, low, high, p, adjusted, verdict }) => [
      arm,
      baseline,
      difference === null ? '–' : thousandths(difference),
      low === null || high === null ? '–' : `${thousandths(low)} to ${thousandths(high)}`,
      probability(p),
      probability(adjusted),
      verdict,
    ]),
    notes: [
      'Differences in thousandths of a bit per byte; exact one-sided signed-rank tests.',
      ...analysis.notes,
    ],
  }
}
