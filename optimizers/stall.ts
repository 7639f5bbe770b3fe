/**
 * When a search has stalled: it has gained next to nothing for many trials. Its model then is certain of places that it
 * has not seen, because it knows little but the valley that it is in. So some of the trials that follow lie anywhere.
 */

export interface Progress {
  readonly best: number
  /** The best without the last `STALL_TRIALS` values. */
  readonly before: number
  readonly median: number
}

export const STALL_TRIALS = 16
/** Less than this share of the median's distance from the best is next to nothing. */
const LEAST_GAIN = 0.01
/** One trial in so many lies anywhere. */
const ANYWHERE = 4

/** Whether the trial of this turn lies anywhere; undefined progress is that of fewer than `STALL_TRIALS` values. */
export function liesAnywhere(turn: number, progress: Progress | undefined): boolean {
  return turn % ANYWHERE === 0 && progress !== undefined && hasStalled(progress)
}

/** Halves: the difference of two numbers may be larger than any number. */
function hasStalled({ best, before, median }: Progress): boolean {
  return before / 2 - best / 2 <= LEAST_GAIN * (median / 2 - best / 2)
}
