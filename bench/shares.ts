/**
 * When an advisor's share of the trials is worth most: evenly, at first, at last. The same arms and seeds as `centaur`, the
 * same number of turns in a day, at other places. The table in LOG.md is its output.
 *
 *     npx tsx bench/shares.ts [ratio] [seeds]
 */

import { mean } from '../src/statistics/describe.js'
import { holm } from '../src/statistics/holm.js'
import { comparePaired } from '../src/statistics/signed-rank.js'
import { advisors, alone } from './centaur/arms.js'
import { runOnce } from './centaur/run.js'
import { markdown } from './table.js'

/** What a day of the simulated H200 has after the warm-up, about. */
const TRIALS = 276

type Course = (ratio: number, k: number) => number

/** The share at the k-th trial; each sums to the same number of turns. */
const courses: Readonly<Record<string, Course>> = {
  even: (ratio) => ratio,
  'all at first': (ratio, k) => (k < ratio * TRIALS ? 1 : 0),
  'every other at first': (ratio, k) => (k < 2 * ratio * TRIALS ? 0.5 : 0),
  falling: (ratio, k) => Math.max(0, 2 * ratio * (1 - k / TRIALS)),
  rising: (ratio, k) => Math.min(1, (2 * ratio * k) / TRIALS),
}

const [ratio, seeds] = [Number(process.argv[2] ?? 0.3), Number(process.argv[3] ?? 32)]

const without = await worths(alone, () => false)
const found: { arm: string; course: string; worths: number[]; p: number }[] = []
for (const advisor of advisors) {
  for (const [name, course] of Object.entries(courses)) {
    const truths = await worths({ id: advisor, advisor, ratio }, turnsOf(course))
    found.push({ arm: advisor, course: name, worths: truths, p: comparePaired(truths, without).p })
  }
}
const adjusted = holm(found.map(({ p }) => p))
const less = (truths: readonly number[]) => (1000 * (mean(truths) - mean(without))).toFixed(2)
console.log(
  markdown({
    title: `centaur: an advisor's share of ${ratio}, at other times of the day, ${seeds} seeds`,
    columns: ['advisor', 'its turns', 'without noise', 'thousandths less alone', 'it is better: p, Holm'],
    rows: found.map(({ arm, course, worths: truths }, i) => [
      arm,
      course,
      mean(truths).toFixed(5),
      less(truths),
      adjusted[i]!.toFixed(3),
    ]),
    notes: [`cma-es alone: ${mean(without).toFixed(5)}.`],
  }),
)

/** Exactly as many turns as the course says so far. */
function turnsOf(course: Course): (k: number) => boolean {
  const sums = [0]
  const upTo = (k: number): number => {
    while (sums.length <= k) sums.push(sums.at(-1)! + course(ratio, sums.length - 1))
    return sums[k]!
  }
  const due = (k: number): number => Math.floor(upTo(k) + 1e-9)
  return (k) => k >= 0 && due(k + 1) > due(k)
}

async function worths(arm: typeof alone, isAdvisors: (k: number) => boolean): Promise<number[]> {
  const truths: number[] = []
  for (let seed = 0; seed < seeds; seed++) truths.push((await runOnce({ arm, seed, isAdvisors })).truth)
  return truths
}
