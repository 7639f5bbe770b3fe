/** The exact interval of a share (Clopper & Pearson 1934, The use of confidence or fiducial limits). */
import { incompleteBeta } from './incomplete-beta.js'
import type { Interval } from './student-t.js'

/** Null without trials. */
export function shareInterval(successes: number, trials: number, level = 0.95): Interval | null {
  if (trials === 0) return null
  const tail = (1 - level) / 2
  const low = successes === 0 ? 0 : betaQuantile(tail, successes, trials - successes + 1)
  const high = successes === trials ? 1 : betaQuantile(1 - tail, successes + 1, trials - successes)
  return [low, high]
}

/** By bisection: the distribution function increases from 0 to 1. */
function betaQuantile(p: number, a: number, b: number): number {
  let [low, high] = [0, 1]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (incompleteBeta(middle, 1 - middle, a, b) > p) high = middle
    else low = middle
  }
  return (low + high) / 2
}
