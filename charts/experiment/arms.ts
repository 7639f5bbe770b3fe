/** The arms of an experiment at their endpoint: by themselves, against their baseline, and seed by seed. */
import { intervalChart } from '../intervals.js'
import { numberText } from '../numbers.js'
import { slopeChart } from '../slopes.js'
import { looksOf } from '../sources.js'
import type { AnalysisFacts, ArmFacts, ExperimentFacts, ExperimentFigure } from './facts.js'

/** The best first; those without a value last. */
export function rankedArms({ arms, direction }: AnalysisFacts): ArmFacts[] {
  const sign = direction === 'minimize' ? 1 : -1
  const key = ({ mean }: ArmFacts) => (mean === null ? Number.POSITIVE_INFINITY : sign * mean)
  return [...arms].sort((a, b) => key(a) - key(b) || 0)
}

export function armsFigure(experiment: ExperimentFacts, analysis: AnalysisFacts): ExperimentFigure {
  const looks = looksOf(experiment.arms.map(({ name }) => name))
  const ranked = rankedArms(analysis)
  return {
    name: 'arms',
    title: 'Arms',
    question: 'How good is each arm, and how much do its seeds differ?',
    build: (width) =>
      intervalChart({
        title: `Arms of ${experiment.name}`,
        description: ranked.map(({ name, mean }) => `${name}: ${valueText(mean)}`).join('; '),
        width,
        x: { label: `${analysis.metric} at the endpoint: seeds, mean and 95 % interval` },
        rows: ranked.map((arm) => ({
          label: `${arm.name}${arm.added ? ' (added)' : ''}`,
          ...looks.get(arm.name)!,
          mean: arm.mean,
          low: arm.low,
          high: arm.high,
          values: endpointsOf(experiment, arm.name),
          note: noteOf(arm),
        })),
      }),
    csv: () => [
      ['arm', 'n', 'mean', 'sd', 'low', 'high', 'missing', 'failed'],
      ...ranked.map(({ name, n, mean, sd, low, high, missing, failed }) => [
        name,
        n,
        mean,
        sd,
        low,
        high,
        missing,
        failed,
      ]),
    ],
  }
}

function endpointsOf({ cells }: ExperimentFacts, arm: string): number[] {
  return cells.flatMap((cell) => (cell.arm === arm && cell.endpoint !== undefined ? [cell.endpoint] : []))
}

function noteOf({ n, missing, failed, sd }: ArmFacts): string {
  return [
    `n ${n}`,
    ...(missing ? [`${missing} missing`] : []),
    ...(failed ? [`${failed} failed`] : []),
    ...(sd === null ? [] : [`sd ${numberText(sd, 2)}`]),
  ].join(', ')
}

export function differencesFigure({ contrasts, metric, direction }: AnalysisFacts): ExperimentFigure {
  return {
    name: 'differences',
    title: 'Differences to the baseline',
    question: `Which arms differ, and by how much? ${direction === 'minimize' ? 'Left' : 'Right'} of zero is better. A square is a verdict at a planned look, a circle a preliminary one.`,
    build: (width) =>
      intervalChart({
        title: 'Differences to the baseline',
        description: contrasts
          .map(({ arm, baseline, verdict }) => `${arm} against ${baseline}: ${verdict}`)
          .join('; '),
        width,
        x: { label: `difference in ${metric}, 95 % interval` },
        mark: { at: 0, label: 'no difference' },
        rows: contrasts.map(({ arm, baseline, difference, low, high, adjusted, verdict, final }) => ({
          label: `${arm} − ${baseline}`,
          colour: verdict === 'better' ? 'good' : verdict === 'worse' ? 'bad' : 'c6',
          shape: final ? 'square' : 'circle',
          mean: difference,
          low,
          high,
          note: `${adjusted === null ? '' : `p ${numberText(adjusted, 2)}, `}${verdict}${final ? '' : ', preliminary'}`,
        })),
      }),
    csv: () => [
      ['arm', 'baseline', 'n', 'difference', 'low', 'high', 'p', 'adjusted', 'eValue', 'verdict', 'final'],
      ...contrasts.map((one) => [
        one.arm,
        one.baseline,
        one.n,
        one.difference,
        one.low,
        one.high,
        one.p,
        one.adjusted,
        one.eValue,
        one.verdict,
        String(one.final),
      ]),
    ],
  }
}

export function seedsFigure(
  { name, arms, seeds, cells }: ExperimentFacts,
  { metric }: AnalysisFacts,
): ExperimentFigure {
  const found = new Map(cells.map((cell) => [`${cell.arm} ${cell.seed}`, cell.endpoint]))
  const rows = seeds.map((seed) => ({
    seed,
    values: arms.map((arm) => found.get(`${arm.name} ${seed}`) ?? null),
  }))
  return {
    name: 'seeds',
    title: 'Seed by seed',
    question: 'Do the arms differ on every seed, or on a few?',
    build: (width) =>
      slopeChart({
        title: `Seeds of ${name}`,
        description: `A line for each of ${seeds.length} seeds through ${arms.length} arms.`,
        width,
        height: 300,
        arms: arms.map((arm) => arm.name),
        y: { label: metric },
        seeds: rows,
      }),
    csv: () => [
      ['seed', ...arms.map((arm) => arm.name)],
      ...rows.map(({ seed, values }) => [seed, ...values]),
    ],
  }
}

function valueText(value: number | null): string {
  return value === null ? 'none yet' : numberText(value, 5)
}
