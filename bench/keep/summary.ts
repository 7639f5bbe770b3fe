/** Whole studies of one rule at one noise, summed up. */
import { mean } from '../../src/statistics/describe.js'
import { type Interval, meanInterval } from '../../src/statistics/student-t.js'
import type { Rule } from './rules.js'
import { runStudy, type StudyResult } from './simulated-study.js'

export const NOISES = [0.0004, 0.0044]
/** 25 hours of one GPU. */
export const BUDGET = 300
const SECONDS_PER_RUN = 300

export interface RuleRow {
  readonly noise: number
  readonly rule: string
  readonly edits: number
  readonly keeps: number
  /** Of the keeps. */
  readonly falseKeeps: number
  /** Of the edits that are truly no better. */
  readonly keptOfWorse: number
  /** Of the edits that are better by one standard deviation or more. */
  readonly missedGains: number
  readonly gpuHoursPerTrueKeep: number
  readonly progress: number
  readonly progressInterval: Interval | null
  readonly claimed: number
}

export function studiesOf(rule: Rule, noise: number, studies: number): StudyResult[] {
  return Array.from({ length: studies }, (_, seed) =>
    runStudy(rule.open(noise), { noise, budget: BUDGET, seed }),
  )
}

export function summarize(rule: Rule, noise: number, results: readonly StudyResult[]): RuleRow {
  const total = (of: (result: StudyResult) => number) => results.reduce((sum, result) => sum + of(result), 0)
  const keeps = total((one) => one.keeps)
  const falseKeeps = total((one) => one.falseKeeps)
  const hours = (total((one) => one.runs) * SECONDS_PER_RUN) / 3600
  const progress = results.map((one) => one.progress)
  return {
    noise,
    rule: rule.id,
    edits: total((one) => one.edits) / results.length,
    keeps: keeps / results.length,
    falseKeeps: falseKeeps / keeps,
    keptOfWorse: falseKeeps / total((one) => one.worseEdits),
    missedGains: total((one) => one.missedGains) / total((one) => one.gains),
    gpuHoursPerTrueKeep: hours / (keeps - falseKeeps),
    progress: mean(progress),
    progressInterval: meanInterval(progress),
    claimed: mean(results.map((one) => one.claimed)),
  }
}
