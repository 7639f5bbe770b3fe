/** What the arms of an experiment took, and how often they ran out of memory. */
import { barChart } from '../bars.js'
import { timeUnit } from '../hours.js'
import { dollarsText, numberText, percentText } from '../numbers.js'
import type { CellFacts, ExperimentFacts, ExperimentFigure } from './facts.js'

export interface ArmCost {
  readonly arm: string
  readonly model?: string
  readonly trials: number
  /** Of training: what the arm searched for, and what its recommendation was run again for. */
  readonly hours: number
  readonly endpointHours: number
  readonly calls: number
  readonly dollars: number
  /** Over its cells; null where no trial has ended. */
  readonly oomRate: number | null
}

export function armCosts({ arms, cells }: ExperimentFacts): ArmCost[] {
  return arms.map(({ name, model }) => {
    const own = cells.filter(({ arm }) => arm === name)
    const sum = (of: (cell: CellFacts) => number | undefined) =>
      own.reduce((total, cell) => total + (of(cell) ?? 0), 0)
    const trials = sum((cell) => cell.trials)
    return {
      arm: name,
      ...(model !== undefined && { model }),
      trials,
      hours: sum((cell) => cell.trainSeconds) / 3600,
      endpointHours: sum((cell) => cell.endpointSeconds) / 3600,
      calls: sum((cell) => cell.llmCalls),
      dollars: sum((cell) => cell.dollars),
      oomRate: trials === 0 ? null : sum((cell) => (cell.oomRate ?? 0) * cell.trials) / trials,
    }
  })
}

export function costFigure(experiment: ExperimentFacts): ExperimentFigure {
  const costs = armCosts(experiment)
  const total = costs.reduce((sum, { hours, endpointHours }) => sum + hours + endpointHours, 0)
  const unit = timeUnit(total / Math.max(1, costs.length))
  const dollars = costs.reduce((sum, one) => sum + one.dollars, 0)
  return {
    name: 'cost',
    title: 'Training time of each arm',
    question: `What did the search take, and what the runs of the endpoint? ${numberText(total, 4)} GPU hours and ${dollarsText(dollars)} of language models in all.`,
    build: (width) =>
      barChart({
        title: `Training time of the arms of ${experiment.name}`,
        description: costs.map(({ arm, hours }) => `${arm}: ${numberText(hours, 3)} hours`).join('; '),
        width,
        x: { label: `training time (${unit.name}), all seeds` },
        series: [
          { label: 'search', colour: 'c0' },
          { label: 'endpoint, run again', colour: 'c4' },
        ],
        stacked: true,
        rows: costs.map(({ arm, hours, endpointHours }) => ({
          label: arm,
          values: [hours * unit.perHour, endpointHours * unit.perHour],
        })),
        text: (value) => `${numberText(value, 3)} ${unit.name}`,
      }),
    csv: () => [
      ['arm', 'model', 'trials', 'hours', 'endpointHours', 'calls', 'dollars', 'oomRate'],
      ...costs.map((one) => [
        one.arm,
        one.model ?? null,
        one.trials,
        one.hours,
        one.endpointHours,
        one.calls,
        one.dollars,
        one.oomRate,
      ]),
    ],
  }
}

export function oomFigure(experiment: ExperimentFacts): ExperimentFigure {
  const costs = armCosts(experiment)
  return {
    name: 'out-of-memory',
    title: 'Trials out of memory',
    question: 'Which arms propose what does not fit? Of all trials that have ended, over the seeds.',
    build: (width) =>
      barChart({
        title: `Trials out of memory in ${experiment.name}`,
        description: costs.map(({ arm, oomRate }) => `${arm}: ${percentText(oomRate)}`).join('; '),
        width,
        x: { label: 'trials out of memory, %' },
        series: [{ label: 'out of memory', colour: 'bad' }],
        rows: costs.map(({ arm, model, oomRate }) => ({
          label: model ? `${arm} (${model})` : arm,
          values: [oomRate === null ? null : 100 * oomRate],
        })),
        text: (percent) => percentText(percent / 100),
      }),
    csv: () => [
      ['arm', 'model', 'trials', 'oomRate'],
      ...costs.map(({ arm, model, trials, oomRate }) => [arm, model ?? null, trials, oomRate]),
    ],
  }
}
