/** The analysis of an experiment, from the figures that were stored with its cells: no trial is read. */

import { isReplay } from '../advisors/llm/replay.js'
import type { CellFigures, ExperimentPlan } from '../domain/experiment.js'
import { type Analysis, type AnalysisPlan, analyse, type CellResult } from '../statistics/analysis.js'
import type { Database } from '../storage/database.js'
import { type CellWithSteps, type ExperimentRow, readCellsWithSteps } from './read-experiments.js'

export interface ExperimentAnalysis extends Analysis {
  readonly experiment: string
  readonly state: ExperimentRow['state']
  readonly metric: string
  readonly direction: 'minimize' | 'maximize'
  readonly endpoint: ExperimentPlan['endpoint']
}

export async function readAnalysis(database: Database, row: ExperimentRow): Promise<ExperimentAnalysis> {
  const cells = await readCellsWithSteps(database, row.id)
  const { objective } = row.plan.study
  const analysis = analyse(analysisPlan(row.plan), cells.map(cellResult))
  return {
    experiment: row.name,
    state: row.state,
    metric: objective.metric,
    direction: objective.direction,
    endpoint: row.plan.endpoint,
    ...analysis,
    notes: [...analysis.notes, ...replayNotes(row.plan), ...unheardNotes(row.plan, cells)],
  }
}

/** No table may show a replay as if the model had been asked. */
function replayNotes({ arms }: ExperimentPlan): string[] {
  return arms.flatMap(({ name, method: { advisor } }) =>
    advisor?.kind === 'llm' && isReplay(advisor.model)
      ? [
          `The model of ${name} is a replay, ${advisor.model}: answers that were recorded in the nearest state of another search.`,
        ]
      : [],
  )
}

/** An arm whose advisor or agent mostly had no say is no test of it. */
const MOST_UNHEARD = 0.5

function unheardNotes({ arms }: ExperimentPlan, cells: readonly CellWithSteps[]): string[] {
  return arms.flatMap(({ name, method }) => {
    const results = cells.flatMap(({ arm, result }) => (arm === name && result !== null ? [result] : []))
    const unheard = results.reduce((sum, { fallbacks }) => sum + fallbacks, 0)
    const heard = results.reduce((sum, { advised, trials }) => sum + (advised ?? 0) * trials, 0)
    if (unheard === 0 || unheard <= MOST_UNHEARD * (unheard + heard)) return []
    const who = method.agent === undefined ? 'its advisor' : 'its agent'
    return [
      `${name} says little of ${who}: ${unheard} of ${Math.round(unheard + heard)} turns came to nothing. GET /studies/{study}/summary of a cell says why.`,
    ]
  })
}

function analysisPlan(plan: ExperimentPlan): AnalysisPlan {
  const { additions, arms, study } = plan
  return {
    arms: arms.map(({ name }) => name),
    baseline: plan.baseline,
    contrasts: plan.contrasts,
    seeds: plan.seeds,
    looks: plan.looks,
    alpha: plan.alpha,
    test: plan.test,
    alternative: plan.alternative,
    direction: study.objective.direction,
    trends: plan.trends,
    added: {
      arms: additions.flatMap((addition) => addition.arms),
      seeds: additions.flatMap(({ seeds }) => seeds),
    },
  }
}

function cellResult({ arm, seed, state, result, steps }: CellWithSteps): CellResult {
  if (state === 'finished') return { arm, seed, state, ...reached(result!, steps) }
  return { arm, seed, state: state === 'failed' ? 'failed' : 'missing', endpoint: null, steps: [] }
}

function reached({ endpoint, trainSeconds }: CellFigures, steps: CellWithSteps['steps']) {
  return { endpoint, steps: steps ?? [], hours: trainSeconds / 3600 }
}
