/** How an agent works: what it tries, how often it changes its mind, repeats itself, and succeeds. */
import { normalQuantile } from '../../optimizers/math/normal.js'
import { correlationInterval, pearson } from '../statistics/correlation.js'
import { shareInterval } from '../statistics/share-interval.js'
import { type Interval, meanInterval } from '../statistics/student-t.js'

export interface Experiment {
  /** Null where it was not recorded. `skipped`: no edit of the answer could run. */
  readonly outcome: 'kept' | 'discarded' | 'crashed' | 'skipped' | null
  /** Always to be minimised. */
  readonly value: number | null
  /** Null of an answer without an edit: it counts in no figure of categories. */
  readonly category: string | null
  /** The hash of its program and the key of its patch; null where they are not known. */
  readonly program: string | null
  readonly patch: string | null
  readonly description: string
}

export interface Recorded {
  readonly baseline: { readonly value: number | null; readonly program: string | null } | null
  /** In the order in which they were proposed. */
  readonly experiments: readonly Experiment[]
}

/** A figure with its 95 % interval; null where there is too little to have one. */
export interface Estimate {
  readonly value: number | null
  readonly interval: Interval | null
}

export interface Share extends Estimate {
  readonly of: number
  readonly count: number
}

export interface Behaviour {
  readonly n: number
  readonly categories: Readonly<Record<string, number>>
  /** How many categories were used. */
  readonly breadth: number
  readonly entropyBits: Estimate
  readonly counts: {
    readonly kept: number
    readonly discarded: number
    readonly crashed: number
    readonly skipped: number
  }
  /** Kept of what did not crash: skipped ones are in the denominator, as published. */
  readonly keepRate: Share
  /** Kept of what ran to its end. */
  readonly keepRateOfRuns: Share
  readonly crashRate: Share
  readonly skipRate: Share
  /** Kept of all. */
  readonly success: Share
  /** Of the proposals that follow one not kept: those in another category than it. */
  readonly pivots: Share
  readonly repeats: {
    readonly programs: Share
    readonly patches: Share
    readonly descriptions: Share
  }
  readonly dryStreaks: readonly number[]
  /** The longest dry streak. */
  readonly plateau: number
  readonly meanDryStreak: Estimate
  /** Kept of each window of consecutive proposals. */
  readonly rollingSuccess: readonly number[]
  readonly best: number | null
  /** How much lower than the best before it each keep was. */
  readonly keepGains: readonly number[]
  /** Measured proposals whose keeping differs from "lower than the best so far". */
  readonly keepRuleViolations: number
}

const ROLLING = 20

export function behaviourOf(recorded: Recorded): Behaviour {
  const { experiments } = recorded
  const n = experiments.length
  const count = (outcome: Experiment['outcome']) =>
    experiments.filter((one) => one.outcome === outcome).length
  const counts = {
    kept: count('kept'),
    discarded: count('discarded'),
    crashed: count('crashed'),
    skipped: count('skipped'),
  }
  const categories = tally(experiments.flatMap(({ category }) => category ?? []))
  const dryStreaks = dryStreaksOf(experiments)
  return {
    n,
    categories,
    breadth: Object.keys(categories).length,
    entropyBits: entropy(Object.values(categories)),
    counts,
    keepRate: share(counts.kept, n - counts.crashed),
    keepRateOfRuns: share(counts.kept, n - counts.crashed - counts.skipped),
    crashRate: share(counts.crashed, n),
    skipRate: share(counts.skipped, n),
    success: share(counts.kept, n),
    pivots: pivotsOf(experiments),
    repeats: repeatsOf(recorded),
    dryStreaks,
    plateau: Math.max(0, ...dryStreaks),
    meanDryStreak: { value: meanOf(dryStreaks), interval: meanInterval(dryStreaks) },
    rollingSuccess: rollingSuccess(experiments),
    ...progressOf(recorded),
  }
}

/** Pearson's correlation of, say, breadth with the best value over agents, with Fisher's interval. */
export function correlate(a: readonly number[], b: readonly number[]): Estimate {
  const r = pearson(a, b)
  return Number.isNaN(r)
    ? { value: null, interval: null }
    : { value: r, interval: correlationInterval(r, a.length) }
}

/** How much programs differ that ran more than once. */
export interface RepeatNoise {
  readonly programs: number
  readonly measurements: number
  readonly freedom: number
  readonly pooledSd: number | null
  readonly medianSd: number | null
  readonly crashedAndRan: number
}

export function repeatNoise(runs: readonly Pick<Experiment, 'program' | 'value'>[]): RepeatNoise {
  const byProgram = new Map<string, (number | null)[]>()
  for (const { program, value } of runs)
    if (program !== null) byProgram.set(program, [...(byProgram.get(program) ?? []), value])
  const groups = [...byProgram.values()].map((values) => ({
    measured: values.filter((value) => value !== null),
    crashed: values.includes(null),
  }))
  const again = groups.map(({ measured }) => measured).filter(({ length }) => length > 1)
  const squares = again.map((values) =>
    values.reduce((sum, value) => sum + (value - meanOf(values)!) ** 2, 0),
  )
  const measurements = again.reduce((sum, { length }) => sum + length, 0)
  const freedom = measurements - again.length
  const sds = squares.map((square, i) => Math.sqrt(square / (again[i]!.length - 1))).sort((x, y) => x - y)
  return {
    programs: again.length,
    measurements,
    freedom,
    pooledSd: freedom === 0 ? null : Math.sqrt(squares.reduce((x, y) => x + y, 0) / freedom),
    medianSd: freedom === 0 ? null : (sds[(sds.length - 1) >> 1]! + sds[sds.length >> 1]!) / 2,
    crashedAndRan: groups.filter(({ measured, crashed }) => crashed && measured.length > 0).length,
  }
}

function share(count: number, of: number): Share {
  return { value: of === 0 ? null : count / of, interval: shareInterval(count, of), of, count }
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}

/** −Σ p log₂ p, with the interval of its large-sample variance (Σ p log₂² p − H²) / n. */
function entropy(counts: readonly number[]): Estimate {
  const n = counts.reduce((a, b) => a + b, 0)
  if (n === 0) return { value: null, interval: null }
  const shares = counts.map((c) => c / n).filter((p) => p > 0)
  const bits = Math.abs(shares.reduce((sum, p) => sum - p * Math.log2(p), 0))
  const variance = Math.max(0, shares.reduce((sum, p) => sum + p * Math.log2(p) ** 2, 0) - bits ** 2) / n
  const reach = normalQuantile(0.975) * Math.sqrt(variance)
  return { value: bits, interval: n < 2 ? null : [Math.max(0, bits - reach), bits + reach] }
}

function pivotsOf(experiments: readonly Experiment[]): Share {
  const pairs = experiments.slice(1).map((one, i) => ({ one, before: experiments[i]! }))
  const chances = pairs.filter(
    ({ one, before }) => before.outcome !== 'kept' && one.category !== null && before.category !== null,
  )
  return share(chances.filter(({ one, before }) => one.category !== before.category).length, chances.length)
}

function repeatsOf({ baseline, experiments }: Recorded): Behaviour['repeats'] {
  const programs = [baseline?.program ?? null, ...experiments.map(({ program }) => program)]
  return {
    programs: repeated(programs),
    patches: repeated(experiments.map(({ patch }) => patch)),
    descriptions: repeated(experiments.map(({ description }) => plainWords(description))),
  }
}

/** How many had come before. */
function repeated(keys: readonly (string | null)[]): Share {
  const known = keys.filter((key) => key !== null && key !== '')
  return share(known.length - new Set(known).size, known.length)
}

function plainWords(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}._]+|\.(?!\p{N})/gu, ' ')
    .trim()
}

/** The lengths of all maximal runs of proposals that were not kept, the first and the last one too. */
function dryStreaksOf(experiments: readonly Experiment[]): number[] {
  const streaks = [0]
  for (const { outcome } of experiments)
    if (outcome === 'kept') streaks.push(0)
    else streaks.push(streaks.pop()! + 1)
  return streaks.filter((length) => length > 0)
}

function rollingSuccess(experiments: readonly Experiment[]): number[] {
  const kept = experiments.map(({ outcome }) => (outcome === 'kept' ? 1 : 0))
  return kept
    .slice(0, Math.max(0, kept.length - ROLLING + 1))
    .map((_, i) => kept.slice(i, i + ROLLING).reduce<number>((a, b) => a + b, 0) / ROLLING)
}

function progressOf({ baseline, experiments }: Recorded) {
  let best = baseline?.value ?? null
  const keepGains: number[] = []
  let keepRuleViolations = 0
  for (const { outcome, value } of experiments) {
    const kept = outcome === 'kept'
    if (value !== null && outcome !== null && kept !== (best === null || value < best)) keepRuleViolations++
    if (!kept || value === null) continue
    if (best !== null) keepGains.push(best - value)
    best = best === null ? value : Math.min(best, value)
  }
  return { best, keepGains, keepRuleViolations }
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length
}
