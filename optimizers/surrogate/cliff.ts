/**
 * The cliff of an objective: where losses jump by orders of magnitude. No smooth model can follow one, and none needs to:
 * a trial beyond it counts as one that failed.
 */

/**
 * A loss is beyond a cliff where it is so many times as far above the best as the median of the losses below it, and so
 * many times as large: a loss that nearly diverged is many times as far, but not as large.
 */
const STEEP = 20

/** How many losses are looked at: the first, which lie all over the space. Later ones crowd around the best. */
export function lossesLookedAt(first: number): number {
  return 2 * first
}

/**
 * Losses above it are beyond the cliff; Infinity where there is none among the first losses. At least half of `first` must
 * lie below a cliff: where most of the first are beyond it, as many again are looked at.
 */
export function cliffEdge(losses: readonly number[], first: number): number {
  for (const count of [first, lossesLookedAt(first)]) {
    const early = losses.slice(0, count).sort((a, b) => a - b)
    const below = early.findIndex((loss, i) => loss > edgeAbove(early[0]!, early[i >> 1]!))
    if (below < 0) break
    if (below >= first / 2) return edgeAbove(early[0]!, early[below >> 1]!)
  }
  return Number.POSITIVE_INFINITY
}

/** By the best and the median of the losses before a cliff; Infinity where they are the same. */
function edgeAbove(best: number, middle: number): number {
  if (middle <= best) return Number.POSITIVE_INFINITY
  return Math.max(best + STEEP * (middle - best), STEEP * Math.abs(middle))
}
