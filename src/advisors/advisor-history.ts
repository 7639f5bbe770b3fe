/**
 * The bounded history that an advisor sees: the best, the latest, the failed and the advised trials. It is a fold of
 * the event log, so a replay gives the same history.
 */
import type { Params } from '../../search-spaces/index.js'
import type { Failure } from '../domain/enums.js'

export interface RememberedTrial {
  readonly number: number
  readonly params: Params
  /** Equal configurations have equal keys. */
  readonly key: string
  readonly source: string
  readonly outcome: 'complete' | 'pruned' | Failure
  readonly value: number | null
  readonly peakMemoryMb: number | null
}

export interface AdvisorHistory {
  readonly settled: number
  /** The best configurations by their first measured value, best first. */
  readonly best: readonly RememberedTrial[]
  /** Oldest first, like `failed` and `advised`. */
  readonly recent: readonly RememberedTrial[]
  readonly failed: readonly RememberedTrial[]
  readonly advised: readonly RememberedTrial[]
  /**
   * Spread of the later values of configurations that ran again, by key. The first value is left out: the configuration
   * ran again because that value was good, so it is biased.
   */
  readonly repeats: Readonly<Record<string, RepeatSpread>>
  /** The pooled spread of configurations that `repeats` does not keep apart any more; absent while it keeps all. */
  readonly pooled?: PooledSpread
}

interface PooledSpread {
  /** Sum of squared deviations from each configuration's mean, and its degrees of freedom. */
  readonly squares: number
  readonly freedom: number
}

interface RepeatSpread {
  readonly n: number
  readonly mean: number
  readonly squares: number
}

export const EMPTY_HISTORY: AdvisorHistory = {
  settled: 0,
  best: [],
  recent: [],
  failed: [],
  advised: [],
  repeats: {},
}

const KEPT_TRIALS = { best: 20, recent: 60, failed: 30, advised: 20 }
/** So many repeated configurations are kept apart; the one that began to repeat first is pooled when another comes. */
const KEPT_REPEATS = 200

/** `advisor` is the source whose trials are kept in `advised`; `sign` is -1 where larger values are better. */
export function rememberTrial(
  history: AdvisorHistory,
  seen: RememberedTrial,
  advisor: string | null,
  sign: 1 | -1,
): AdvisorHistory {
  const failed = seen.outcome !== 'complete' && seen.outcome !== 'pruned'
  return {
    settled: history.settled + 1,
    best: seen.outcome === 'complete' ? insertRanked(history.best, seen, sign) : history.best,
    recent: appendLatest(history.recent, seen, KEPT_TRIALS.recent),
    failed: failed ? appendLatest(history.failed, seen, KEPT_TRIALS.failed) : history.failed,
    advised:
      seen.source === advisor ? appendLatest(history.advised, seen, KEPT_TRIALS.advised) : history.advised,
    ...(isRepeat(history, seen) ? addRepeat(history, seen) : repeatsOf(history)),
  }
}

function appendLatest(
  kept: readonly RememberedTrial[],
  seen: RememberedTrial,
  most: number,
): readonly RememberedTrial[] {
  return [...kept.slice(kept.length < most ? 0 : 1), seen]
}

function insertRanked(
  best: readonly RememberedTrial[],
  seen: RememberedTrial,
  sign: number,
): readonly RememberedTrial[] {
  if (best.some(({ key }) => key === seen.key)) return best
  const worse = best.findIndex(({ value }) => sign * value! > sign * seen.value!)
  const place = worse === -1 ? best.length : worse
  return [...best.slice(0, place), seen, ...best.slice(place)].slice(0, KEPT_TRIALS.best)
}

function isRepeat({ best, recent, repeats }: AdvisorHistory, { key, outcome }: RememberedTrial): boolean {
  if (outcome !== 'complete') return false
  const same = (other: RememberedTrial) => other.key === key && other.outcome === 'complete'
  return key in repeats || best.some(same) || recent.some(same)
}

type Repeats = Pick<AdvisorHistory, 'repeats' | 'pooled'>

function repeatsOf({ repeats, pooled }: Repeats): Repeats {
  return { repeats, ...(pooled && { pooled }) }
}

function addRepeat({ repeats, pooled }: Repeats, { key, value }: RememberedTrial): Repeats {
  const { n, mean, squares } = repeats[key] ?? { n: 0, mean: 0, squares: 0 }
  const step = value! - mean
  const moved = mean + step / (n + 1)
  const spread = { n: n + 1, mean: moved, squares: squares + step * (value! - moved) }
  return poolOldest({ repeats: { ...repeats, [key]: spread }, ...(pooled && { pooled }) })
}

/** Keeps the history bounded; the pooled estimate of the noise stays the same. */
function poolOldest({ repeats, pooled = { squares: 0, freedom: 0 } }: Repeats): Repeats {
  const [oldest, ...others] = Object.entries(repeats)
  if (oldest === undefined || others.length < KEPT_REPEATS)
    return repeatsOf({ repeats, ...(pooled.freedom > 0 && { pooled }) })
  const { squares, n } = oldest[1]
  return {
    repeats: Object.fromEntries(others),
    pooled: { squares: pooled.squares + squares, freedom: pooled.freedom + n - 1 },
  }
}

/** With fewer degrees of freedom the estimate is too uncertain to use. */
const FEWEST_REPEATS = 3

/** The standard deviation of repeated measurements, pooled over configurations; null with too few repeats. */
export function estimateNoise({ repeats, pooled }: AdvisorHistory): number | null {
  let { squares, freedom } = pooled ?? { squares: 0, freedom: 0 }
  for (const group of Object.values(repeats)) {
    squares += group.squares
    freedom += group.n - 1
  }
  return freedom < FEWEST_REPEATS ? null : Math.sqrt(squares / freedom)
}

/** Two measurements of one configuration differ by less than z √2 sd in 90 % of cases (one-sided level 5 %). */
const NOISE_QUANTILE = 1.645 * Math.SQRT2

/** Whether a difference is no larger than noise alone would make it; null where the noise is not known. */
export function isWithinNoise(step: number, noise: number | null): boolean | null {
  return noise === null ? null : Math.abs(step) < NOISE_QUANTILE * noise
}
