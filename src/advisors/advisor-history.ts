/** What an advisor remembers of a study, however long it is: the best, the latest, the failures, its own. A fold of the ordered log. */
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
  /** Configurations by their first value, best first. */
  readonly best: readonly RememberedTrial[]
  /** Oldest first, as the two below. */
  readonly recent: readonly RememberedTrial[]
  readonly failed: readonly RememberedTrial[]
  readonly advised: readonly RememberedTrial[]
  /** Of configurations that ran again: how those later values spread. The first one is left out, being why it ran again. */
  readonly repeats: Readonly<Record<string, RepeatSpread>>
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

/** `advisor`: the source whose suggestions are kept apart. `sign`: -1 where more is better. */
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
    repeats: isRepeat(history, seen) ? addRepeat(history.repeats, seen) : history.repeats,
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

function addRepeat(
  repeats: AdvisorHistory['repeats'],
  { key, value }: RememberedTrial,
): AdvisorHistory['repeats'] {
  const { n, mean, squares } = repeats[key] ?? { n: 0, mean: 0, squares: 0 }
  const step = value! - mean
  const moved = mean + step / (n + 1)
  return { ...repeats, [key]: { n: n + 1, mean: moved, squares: squares + step * (value! - moved) } }
}

/** Fewer than this say little about a spread. */
const FEWEST_REPEATS = 3

/** The standard deviation of one configuration measured again, pooled over those that were; null while too few were. */
export function estimateNoise({ repeats }: AdvisorHistory): number | null {
  let [squares, freedom] = [0, 0]
  for (const group of Object.values(repeats)) {
    squares += group.squares
    freedom += group.n - 1
  }
  return freedom < FEWEST_REPEATS ? null : Math.sqrt(squares / freedom)
}

/** Two measurements of one configuration differ by less than this nine times in ten, one-sided at 5 %: z √2 sd. */
const NOISE_QUANTILE = 1.645 * Math.SQRT2

/** Is a step as small as noise makes by itself? Null where the noise is not known. */
export function isWithinNoise(step: number, noise: number | null): boolean | null {
  return noise === null ? null : Math.abs(step) < NOISE_QUANTILE * noise
}
