/** Estimates how much the difference of two programs varies from seed to seed. */
import type { AgentLedger } from './ledger-types.js'
import { valuesBySeed } from './program-values.js'

export interface NoiseEstimate {
  /** Of the difference between two runs with the same seed. */
  readonly sd: number
  /** Infinite where the noise was given. */
  readonly freedom: number
}

/** With fewer degrees of freedom an estimate is too uncertain to use. */
const FEWEST = 3
/** Differences see what pairs cancel, but need more of them, because tests that stop early make them look alike. */
const FEWEST_OF_DIFFERENCES = 10

export function noiseOfPairs(ledger: AgentLedger, noise: number | null): NoiseEstimate | null {
  const differences = pooled(differencesToParent(ledger))
  if (differences.freedom >= FEWEST_OF_DIFFERENCES) return differences
  if (noise !== null) return { sd: Math.SQRT2 * noise, freedom: Infinity }
  const runs = pooled(ledger.programs.map((program) => [...valuesBySeed(program).values()]))
  return runs.freedom < FEWEST ? null : { sd: Math.SQRT2 * runs.sd, freedom: runs.freedom }
}

function differencesToParent({ programs }: AgentLedger): number[][] {
  const values = new Map(programs.map((program) => [program.hash, valuesBySeed(program)]))
  return programs.map(({ hash, parent }) => {
    const theirs = parent === null ? undefined : values.get(parent)
    return [...values.get(hash)!].flatMap(([seed, value]) =>
      theirs?.has(seed) ? [theirs.get(seed)! - value] : [],
    )
  })
}

/** Squared deviations from the mean of each group, over their degrees of freedom. */
function pooled(groups: readonly (readonly number[])[]): NoiseEstimate {
  let [squares, freedom] = [0, 0]
  for (const group of groups) {
    const mean = group.reduce((a, b) => a + b, 0) / group.length
    for (const value of group) squares += (value - mean) ** 2
    freedom += Math.max(0, group.length - 1)
  }
  return { sd: Math.sqrt(squares / freedom), freedom }
}
