/** How often a step is repeated, and how its times are brought together. clock.py does the same for the peers. */

export interface Pace {
  /** Seconds that a method of ours runs before it is timed, once: until its code is compiled as a server's is. */
  readonly warmUp: number
  /** Trials in a block: a generation of CMA-ES in 13 dimensions, so that a block pays for its decomposition. */
  readonly block: number
  readonly blocks: number
  /** No further block is begun after so long. */
  readonly seconds: number
}

export const pace: Pace = { warmUp: 5, block: 11, blocks: 5, seconds: 20 }
export const quickPace: Pace = { warmUp: 1, block: 11, blocks: 2, seconds: 4 }

/**
 * The time that this process spent on a processor, its compiler's and collector's threads included: unlike the time
 * on the wall, it says the same on a busy machine.
 */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Seconds. */
export interface Step {
  readonly ask: number
  readonly tell: number
}

/** Behind so many trials: the mean seconds of a step, one number a block. */
export interface Blocks {
  readonly length: number
  readonly ask: readonly number[]
  readonly tell: readonly number[]
}

export function inBlocks(length: number, steps: readonly Step[], { block }: Pace): Blocks {
  const meanOf = (key: keyof Step, first: number) =>
    steps.slice(first, first + block).reduce((sum, step) => sum + step[key], 0) / block
  const firsts = Array.from({ length: Math.floor(steps.length / block) }, (_, i) => i * block)
  return {
    length,
    ask: firsts.map((first) => meanOf('ask', first)),
    tell: firsts.map((first) => meanOf('tell', first)),
  }
}
