/** The experiments of examples/, as `chiron compare` runs them, for fewer hours and seeds where a bench asks for less. */
import { readFileSync } from 'node:fs'
import { fromRoot } from '../../src/root.js'
import type { Plan } from './run-experiment.js'

export interface Size {
  readonly hours: number
  readonly seeds: number
}

export function examplePlan(file: string, { hours, seeds }: Size): Plan {
  const plan: Plan = JSON.parse(readFileSync(fromRoot(`examples/${file}.json`), 'utf8'))
  return {
    ...plan,
    seeds,
    looks: [seeds],
    study: { ...plan.study, budget: { ...plan.study.budget, trainSeconds: hours * 3600 } },
  }
}
