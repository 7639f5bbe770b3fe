/**
 * The study of arXiv 2603.24647 in one command: examples/autoresearch-study.json, beside what was published. A stand-in takes
 * the language model's place: it shows that the arms run and what they cost here, not what a model finds.
 */

import { spaceNamed } from '../../search-spaces/index.js'
import { standardDeviation } from '../../src/statistics/describe.js'
import { serveModel, stepFromBest } from '../stand-in-model.js'
import type { Table } from '../subject.js'
import { examplePlan, type Size } from './examples.js'
import { paper } from './paper.js'
import { part } from './part.js'
import { type Cell, type Ended, failuresOf, openService, type Plan } from './run-experiment.js'
import { interval, meanOf, percent, plusMinus, runningTable, verdictText } from './tables.js'

export const study = part<Size, Ended>({
  id: 'study',
  full: { hours: 24, seeds: 8 },
  quick: { hours: 2, seeds: 2 },
  measure: measureStudy,
  show: (ended, size) => ({
    tables: [studyTable(ended, size), paperTable(ended, size), runningTable('study', ended)],
    pictures: {},
    missing: failuresOf(ended),
    rows: ended.analysis.arms.map((arm) => ({ part: 'study', ...arm })),
    raw: { study: ended },
  }),
})

const STAND_IN = 'openai-compatible:stand-in'

export async function measureStudy(size: Size, say: (line: string) => void): Promise<Ended> {
  const model = await serveModel(stepFromBest(spaceNamed('autoresearch-14')!))
  const service = await openService(say, { OPENAI_BASE_URL: model.url })
  try {
    return await service.run(withStandIn(examplePlan('autoresearch-study', size)))
  } finally {
    await service.stop()
    await model.close()
  }
}

/** The price of its answers is none, and the model that it stands for is not asked. */
function withStandIn(plan: Plan): Plan {
  return {
    ...plan,
    arms: plan.arms!.map((arm) => {
      const { method } = arm
      if (typeof method !== 'object' || method.advisor?.kind !== 'llm') return arm
      return { ...arm, method: { ...method, advisor: { ...method.advisor, model: STAND_IN } } }
    }),
  }
}

export function studyTable({ cells, analysis }: Ended, { hours }: Size): Table {
  const rows = [...analysis.arms].sort((a, b) => (a.mean ?? Infinity) - (b.mean ?? Infinity))
  return {
    title: `experiments: the study, ${hours} simulated H200 hours, one worker`,
    columns: [
      'arm',
      'seeds',
      'endpoint',
      '95 %',
      'less tpe (p after Holm)',
      'verdict',
      'best observed',
      'without noise',
      'OOM',
      'trials',
      'model calls',
    ],
    rows: rows.map((arm) => {
      const own = cells.filter((cell) => cell.arm === arm.name)
      const calls = meanOf(own, ({ llmCalls }) => llmCalls)
      return [
        arm.name,
        String(arm.n),
        plusMinus(arm.mean, arm.sd),
        interval(arm.low, arm.high),
        ...verdictText(analysis, arm.name),
        plusMinus(
          meanOf(own, ({ best }) => best),
          sdOf(own),
        ),
        meanOf(own, ({ worth }) => worth)?.toFixed(4) ?? '–',
        percent(meanOf(own, ({ oomRate }) => oomRate ?? undefined)),
        meanOf(own, ({ trials }) => trials)?.toFixed(0) ?? '–',
        calls ? calls.toFixed(0) : '–',
      ]
    }),
    notes: [
      'Mean ± standard deviation of the endpoint: what the arm recommends, run again five times on fresh noise; Student’s ' +
        'interval of the mean. Differences in thousandths of val_bpb, p of the exact one-sided signed-rank test. No arm up to gp ' +
        'has a preflight, as published. The model of every arm that asks one is a stand-in without any knowledge: the best ' +
        'configuration of its prompt with one parameter drawn again; its predictions are drawn at random.',
      ...analysis.notes,
    ],
  }
}

function sdOf(own: readonly Cell[]): number {
  return standardDeviation(own.flatMap(({ best }) => best ?? []))
}

export function paperTable({ cells }: Ended, { hours, seeds }: Size): Table {
  return {
    title: 'experiments: the study beside what was published, best observed val_bpb',
    columns: [
      'method',
      'published, 3 seeds',
      'failed',
      'published, 8 seeds',
      `here, ${seeds} seeds`,
      'failed',
    ],
    rows: paper.map(({ method, arm, three, eight }) => {
      const own = cells.filter((cell) => cell.arm === arm)
      return [
        method,
        three ? plusMinus(three[0], three[1]) : '–',
        three ? `${three[2]} %` : '–',
        eight ? plusMinus(eight[0], eight[1] ?? null) : '–',
        plusMinus(
          meanOf(own, ({ best }) => best),
          sdOf(own),
        ),
        percent(meanOf(own, ({ oomRate }) => oomRate ?? undefined)),
      ]
    }),
    notes: [
      `Published: arXiv 2603.24647, 24 hours on an H200. Here: ${hours} simulated hours; “failed” is out of memory. The rows of ` +
        'centaur, agent-14hp and llambo here have a stand-in in the place of the model, so they say nothing about a model. A dash: not ' +
        'published, or no such arm here.',
    ],
  }
}
