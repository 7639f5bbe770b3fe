/** One decision alone: how often each rule keeps an edit, by how good the edit truly is, and by how many runs. */
import { stream } from '../../optimizers/rng.js'
import type { Rule } from './rules.js'

/** True gains in standard deviations of one run. */
export const GAINS = [-1, 0, 0.5, 1, 1.65, 2, 3, 4]

export interface Decision {
  readonly rule: string
  readonly gain: number
  readonly kept: number
  /** Of the edit and of the kept program together. */
  readonly meanRuns: number
}

export function measureDecisions(rules: readonly Rule[], repetitions: number): Decision[] {
  return rules.flatMap((rule) =>
    GAINS.map((gain) => {
      let [kept, runs] = [0, 0]
      for (let i = 0; i < repetitions; i++) {
        const seen = new Map<string, number>()
        const read = (program: number, truth: number) => (seed: number) => {
          const key = `${program} ${seed}`
          const value = seen.get(key) ?? truth + stream(i, program, seed, 0xdec1).normal()
          seen.set(key, value)
          return value
        }
        if (rule.open(1).keeps({ kept: read(0, 0), edited: read(1, -gain) })) kept++
        runs += seen.size
      }
      return { rule: rule.id, gain, kept: kept / repetitions, meanRuns: runs / repetitions }
    }),
  )
}
