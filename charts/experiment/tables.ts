/** The tables of an experiment as texts: the same on its page and in its report. */
import { dollarsText, durationText, numberText, percentText } from '../numbers.js'
import { rankedArms } from './arms.js'
import { armCosts } from './cost.js'
import type { AnalysisFacts, CellFacts, ContrastFacts, ExperimentFacts } from './facts.js'

export interface TextTable {
  readonly head: readonly string[]
  /** The first cell of a row says what it is about. */
  readonly rows: readonly (readonly string[])[]
  /** How many columns from the left are words; the others are numbers. */
  readonly words: number
}

export function contrastTable({ contrasts }: AnalysisFacts): TextTable {
  return {
    head: [
      'arm',
      'against',
      'verdict',
      'seeds',
      'difference',
      '95 % interval',
      'p',
      'p after Holm',
      'e-value',
      'wins a seed',
    ],
    words: 3,
    rows: contrasts.map((one) => [
      `${one.arm}${one.added ? ' (added)' : ''}`,
      one.baseline,
      `${one.verdict}${one.final ? '' : ', preliminary'}`,
      String(one.n),
      text(one.difference, 3),
      interval(one, 3),
      text(one.p, 2),
      text(one.adjusted, 2),
      text(one.eValue, 2),
      percentText(one.improvement),
    ]),
  }
}

/** The arms, best first. */
export function leaderboard(experiment: ExperimentFacts, analysis: AnalysisFacts): TextTable {
  const againstBaseline = new Map(
    analysis.contrasts
      .filter(({ baseline }) => baseline === experiment.baseline)
      .map((contrast) => [contrast.arm, contrast]),
  )
  const reference = analysis.arms.find(({ name }) => name === experiment.baseline)?.mean ?? null
  return {
    head: [
      'arm',
      'seeds done',
      `${analysis.metric}: mean`,
      'sd',
      '95 % interval',
      'improvement',
      'p after Holm',
      'best seen',
      'last updated (UTC)',
    ],
    words: 1,
    rows: rankedArms(analysis).map((arm, i) => {
      const own = experiment.cells.filter((cell) => cell.arm === arm.name)
      return [
        `${i + 1}. ${arm.name}${arm.added ? ' (added)' : ''}`,
        `${arm.n} of ${own.length}${arm.failed ? `, ${arm.failed} failed` : ''}`,
        text(arm.mean, 6),
        text(arm.sd, 2),
        interval(arm, 5),
        improvementText(arm.name === experiment.baseline ? null : arm.mean, reference, analysis.direction),
        text(againstBaseline.get(arm.name)?.adjusted ?? null, 2),
        text(bestSeen(own, analysis.direction), 6),
        lastEnded(own),
      ]
    }),
  }
}

export function costTable(experiment: ExperimentFacts): TextTable {
  return {
    head: ['arm', 'model', 'trials', 'out of memory', 'search', 'endpoint', 'calls', 'dollars'],
    words: 2,
    rows: armCosts(experiment).map((cost) => [
      cost.arm,
      cost.model ?? '–',
      String(cost.trials),
      percentText(cost.oomRate),
      durationText(3600 * cost.hours),
      durationText(3600 * cost.endpointHours),
      String(cost.calls),
      dollarsText(cost.dollars),
    ]),
  }
}

/** In percent of the baseline’s mean; positive is better. */
function improvementText(
  mean: number | null,
  reference: number | null,
  direction: AnalysisFacts['direction'],
): string {
  if (mean === null || reference === null || reference === 0) return '–'
  const share = ((direction === 'minimize' ? reference - mean : mean - reference) / Math.abs(reference)) * 100
  return `${share > 0 ? '+' : ''}${numberText(share, 2)} %`
}

function bestSeen(cells: readonly CellFacts[], direction: AnalysisFacts['direction']): number | null {
  const found = cells.flatMap(({ best }) => (best === undefined ? [] : [best]))
  if (found.length === 0) return null
  return direction === 'minimize' ? Math.min(...found) : Math.max(...found)
}

function lastEnded(cells: readonly CellFacts[]): string {
  const ends = cells.flatMap(({ endedAt }) => (endedAt === undefined ? [] : [endedAt])).sort()
  return ends.at(-1)?.slice(0, 16).replace('T', ' ') ?? '–'
}

/** Where runs are at a level: the table beside its figure. */
export function levelTable(level: AnalysisFacts['hoursTo'][number]): TextTable {
  return {
    head: ['arm', 'runs that reached it', 'median time'],
    words: 1,
    rows: level.arms.map(({ name, reached, of, medianHours }) => [
      name,
      `${reached} of ${of}`,
      medianHours === null ? 'fewer than half' : durationText(3600 * medianHours),
    ]),
  }
}

function interval({ low, high }: Pick<ContrastFacts, 'low' | 'high'>, digits: number): string {
  return low === null || high === null ? '–' : `${numberText(low, digits)} to ${numberText(high, digits)}`
}

function text(value: number | null, digits: number): string {
  return value === null ? '–' : numberText(value, digits)
}
