/** Times our searches, as the service uses them: repair and the checks of a proposal are in. */
import { openSearch, type Proposed, type Search, type SearchMethod } from '../../optimizers/search.js'
import { type Past, space } from './history.js'
import { type Blocks, cpuSeconds, inBlocks, type Pace, type Step } from './pace.js'

/** Runs it for a while behind some history, and forgets what it did. */
export function warmUp(method: SearchMethod, past: readonly Past[], { warmUp: seconds }: Pace): void {
  const runner = openRunner(behind(method, past.slice(0, 300)), 300, past)
  const started = cpuSeconds()
  while (cpuSeconds() - started < seconds) runner.step()
}

/** A search that finds its history made: each length is measured by itself. */
export function behindMade(method: SearchMethod, past: readonly Past[], length: number, pace: Pace): Blocks {
  const runner = openRunner(behind(method, past.slice(0, length)), length, past)
  const started = performance.now()
  const steps: Step[] = []
  while (steps.length < pace.block * pace.blocks && performance.now() - started < 1000 * pace.seconds) {
    for (let i = 0; i < pace.block; i++) steps.push(runner.step())
  }
  return inBlocks(length, steps, pace)
}

/** A search that makes its history itself, as one does whose state is more than its trials: blocks end at each length. */
export function behindOwn(
  method: SearchMethod,
  past: readonly Past[],
  lengths: readonly number[],
  pace: Pace,
): Blocks[] {
  const runner = openRunner(openSearch(space, method, 0), 0, past)
  const steps: Step[] = []
  return lengths.map((length) => {
    while (steps.length < length) steps.push(runner.step())
    return inBlocks(length, steps.slice(-pace.block * pace.blocks), pace)
  })
}

function behind(method: SearchMethod, past: readonly Past[]): Search {
  const observations = past.map(({ params, value }, number) => ({ number, params, result: resultOf(value) }))
  const search = openSearch(space, method, 0)
  search.observe(observations)
  return search
}

function openRunner(search: Search, first: number, past: readonly Past[]) {
  let number = first
  return {
    step(): Step {
      const result = resultOf(past[number % past.length]!.value)
      const start = cpuSeconds()
      const [{ params, memo }] = search.propose({ number, count: 1, pending: [] }) as [Proposed]
      const asked = cpuSeconds()
      search.observe([{ number, params, result, ...(memo !== undefined && { memo }) }])
      number++
      return { ask: asked - start, tell: cpuSeconds() - asked }
    },
  }
}

function resultOf(value: number | null) {
  return value === null ? ({ outcome: 'oom' } as const) : ({ outcome: 'complete', value } as const)
}
