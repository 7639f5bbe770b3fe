/** The rule `confirmed`: is a program better than the kept one, by runs that share their seeds? */
import { normalQuantile } from '../../optimizers/math/normal.js'
import type { KeepRule } from '../domain/agent.js'
import { leastEffect, type SequentialTest, sequentialTest } from '../statistics/sequential-normal.js'
import { studentCdf } from '../statistics/student-t.js'
import { seedState } from './crashes.js'
import type { AgentLedger, KnownProgram } from './ledger-types.js'
import { type NoiseEstimate, noiseOfPairs } from './pair-noise.js'
import { meanValue, programOf, valuesBySeed } from './program-values.js'

export type Confirmed =
  | { readonly is: 'kept' | 'discarded'; readonly because: string }
  | {
      readonly is: 'undecided'
      readonly run: { readonly hash: string; readonly seed: number }
      readonly because: string
    }

type ConfirmRule = KeepRule & { rule: 'confirmed' }

export function confirm(
  rule: ConfirmRule,
  ledger: AgentLedger,
  program: KnownProgram,
  kept: KnownProgram,
  noise: number | null,
): Confirmed {
  const gains = pairedGains(program, kept)
  if (gains.length === 0)
    return askForPair(program, kept, 'it has no run with a seed of the kept program yet')
  const estimate = noiseOfPairs(ledger, noise)
  if (estimate === null) return askForNoise(kept, program)
  const simpler = program.lines < kept.lines
  if (estimate.sd === 0) return decideWithoutNoise(gains, simpler)
  return decideByTest(rule, { ledger, program, kept, gains, estimate, simpler })
}

interface Comparison {
  readonly ledger: AgentLedger
  readonly program: KnownProgram
  readonly kept: KnownProgram
  /** By seed: how much lower the program's value is. */
  readonly gains: readonly number[]
  readonly estimate: NoiseEstimate
  readonly simpler: boolean
}

/**
 * A program with fewer lines has to show only that it is not worse by `gain`: a tie goes to the simpler one. It must
 * stay within `gain` of the best kept program as well, so that many such steps do not add up.
 */
function decideByTest(rule: ConfirmRule, comparison: Comparison): Confirmed {
  const { program, kept, estimate, simpler, ledger } = comparison
  const found = effectFound(rule)
  // To seek less than so many pairs can find would only spend runs on what is hopeless.
  const effect = Math.max(found, (rule.gain ?? 0) / estimate.sd)
  const gain = rule.gain ?? found * estimate.sd
  const gains = comparison.gains.slice(0, rule.pairs)
  const test = testOf(rule, effect === found ? found : Number(effect.toPrecision(2)))
  const look = Math.min(gains.length, test.upper.length)
  const shifted = gains.slice(0, look).map((one) => one + (simpler ? gain : 0))
  const sum = shifted.reduce((a, b) => a + b, 0) / estimate.sd
  const reached = certainty(sum, look, estimate.freedom)
  const mean = gains.slice(0, look).reduce((a, b) => a + b, 0) / look
  const over = `mean gain ${text(mean)} over ${look} ${look === 1 ? 'pair' : 'pairs'}`
  if (reached >= test.upper[look - 1]!) {
    if (simpler && meanValue(program)! > bestMean(ledger) + gain)
      return { is: 'discarded', because: `${over}: simpler, but too far from the best` }
    return { is: 'kept', because: simpler && mean <= 0 ? `${over}: as good with fewer lines` : over }
  }
  if (reached <= test.lower[look - 1]!) return { is: 'discarded', because: over }
  return askForPair(program, kept, `${over} decides nothing yet`)
}

const effects = new Map<string, number>()

/** The least gain that so many pairs find with these errors, in standard deviations of a difference. */
function effectFound({ alpha, beta, pairs }: ConfirmRule): number {
  const key = JSON.stringify([alpha, beta, pairs])
  const known = effects.get(key) ?? leastEffect({ alpha, beta, looks: pairs })
  effects.set(key, known)
  return known
}

const tests = new Map<string, SequentialTest>()

/** The boundaries depend on four numbers alone, and take milliseconds to compute. */
function testOf({ alpha, beta, pairs }: ConfirmRule, effect: number): SequentialTest {
  const plan = { alpha, beta, effect, looks: pairs }
  const key = JSON.stringify(plan)
  const known = tests.get(key) ?? sequentialTest(plan)
  if (tests.size > 1000) tests.clear()
  tests.set(key, known)
  return known
}

/** The sum as it would be if the noise were known exactly: a t of few degrees of freedom is worth less than a z. */
function certainty(sum: number, look: number, freedom: number): number {
  if (freedom === Infinity) return sum
  const p = studentCdf(sum / Math.sqrt(look), freedom)
  return normalQuantile(Math.min(Math.max(p, 1e-15), 1 - 1e-15)) * Math.sqrt(look)
}

function bestMean(ledger: AgentLedger): number {
  return Math.min(...ledger.kept.map((hash) => meanValue(programOf(ledger, hash))!))
}

function decideWithoutNoise(gains: readonly number[], simpler: boolean): Confirmed {
  const mean = gains.reduce((a, b) => a + b, 0) / gains.length
  const kept = mean > 0 || (mean === 0 && simpler)
  return { is: kept ? 'kept' : 'discarded', because: `gain ${text(mean)}, and there is no noise` }
}

function pairedGains(program: KnownProgram, kept: KnownProgram): number[] {
  const theirs = valuesBySeed(kept)
  return [...valuesBySeed(program)]
    .filter(([seed]) => theirs.has(seed))
    .sort(([a], [b]) => a - b)
    .map(([seed, value]) => theirs.get(seed)! - value)
}

/**
 * First what completes a pair that has begun. Of a new pair the kept program runs first, since its runs serve every
 * later comparison as well.
 */
function askForPair(program: KnownProgram, kept: KnownProgram, because: string): Confirmed {
  const ask = ({ hash }: KnownProgram, seed: number): Confirmed => ({
    is: 'undecided',
    run: { hash, seed },
    because,
  })
  const lacks = (one: KnownProgram, seed: number) => ['none', 'again'].includes(seedState(one, seed))
  const seedsOf = (one: KnownProgram) => [...valuesBySeed(one).keys()].sort((a, b) => a - b)
  const theirs = seedsOf(program).find((seed) => lacks(kept, seed))
  if (theirs !== undefined) return ask(kept, theirs)
  const own = seedsOf(kept).find((seed) => lacks(program, seed))
  if (own !== undefined) return ask(program, own)
  let fresh = 0
  while (!lacks(program, fresh) || !lacks(kept, fresh)) fresh++
  return ask(kept, fresh)
}

/** Without an estimate of the noise no gain can be judged; the kept program's runs are needed anyway. */
function askForNoise(kept: KnownProgram, program: KnownProgram): Confirmed {
  let seed = 0
  while (seedState(kept, seed) === 'complete' || seedState(kept, seed) === 'failed') seed++
  return {
    is: 'undecided',
    run: { hash: kept.hash, seed },
    because: `the noise is not known yet, so ${program.hash.slice(0, 8)} cannot be judged`,
  }
}

function text(value: number): string {
  return String(Number(value.toPrecision(3)))
}
