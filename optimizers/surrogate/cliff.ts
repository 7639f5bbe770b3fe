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
 * The largest loss that is not beyond a cliff; Infinity where there is none among the first losses. At least half of
 * `first` must lie below a cliff: where most of the first are beyond it, as many again are looked at.
 */
export function cliffEdge(losses: readonly number[], first: number): number {
  for (const count of [first, lossesLookedAt(first)]) {
    const early = losses.slice(0, count).sort((a, b) => a - b)
    const below = countBelowCliff(early)
    if (below === early.length) break
    if (below >= first / 2) return early[below - 1]!
  }
  return Number.POSITIVE_INFINITY
}

/** How many of these losses, least first, are not beyond a cliff. */
function countBelowCliff(sorted: readonly number[]): number {
  // Halves: the difference of two numbers may be larger than any number.
  const above = (loss: number) => loss / 2 - sorted[0]! / 2
  const at = sorted.findIndex((loss, below) => {
    const middle = sorted[below >> 1]!
    const isFar = above(middle) > 0 && above(loss) / STEEP > above(middle)
    return isFar && loss / STEEP > Math.abs(middle)
  })
  return at < 0 ? sorted.length : at
}
