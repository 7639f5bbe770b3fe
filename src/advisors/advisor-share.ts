/**
 * Decides which trials are the advisor's. Pure: the same trials in the same order give the same turns on any server.
 */
import type { ShareState, ShareYield } from '../domain/advice.js'
import type { AdvisorSpec } from '../domain/advisor.js'

type Share = Pick<AdvisorSpec, 'ratio' | 'warmup' | 'policy' | 'bounds' | 'until'>

/** Absorbs rounding: 0.29 · 100 is smaller than 29 by one bit. */
const SLACK = 1e-9

/** Decides whether the next trial is the advisor's. `proposed` is the number of trials that were proposed before it. */
export function decideTurn(
  share: Share,
  proposed: number,
  state: ShareState,
): { readonly advisors: boolean; readonly state: ShareState } {
  const k = proposed - share.warmup
  if (k < 0 || proposed >= (share.until ?? Infinity)) return { advisors: false, state }
  if (share.policy === 'interval') {
    const interval = share.ratio > 0 ? Math.round(1 / share.ratio) : Infinity
    return { advisors: (k + 1) % interval === 0, state }
  }
  if (share.policy === 'fixed') {
    return { advisors: wholeTurns((k + 1) * share.ratio) > wholeTurns(k * share.ratio), state }
  }
  const credit = state.credit + shareNow(share, state)
  const advisors = credit >= 1 - SLACK
  return { advisors, state: { ...state, credit: advisors ? credit - 1 : credit } }
}

function wholeTurns(turns: number): number {
  return Math.floor(turns + SLACK)
}

/** Time constant of the exponential forgetting, in trials. */
const FORGETTING = 100
/** The prior of the success rate that both sides share. */
const PRIOR = { wins: 1, tries: 20 }
/** Each side's rate is shrunk towards the common rate by this many pseudo-trials, because improvements are rare. */
const PRIOR_TRIES = 20

/**
 * The current share. An adaptive one is the odds of the ratio times the ratio of the two success rates, within bounds.
 */
export function shareNow({ ratio, policy, bounds }: Share, { advisor, optimizer }: ShareState): number {
  if (policy !== 'adaptive') return ratio
  const both = (advisor.wins + optimizer.wins + PRIOR.wins) / (advisor.tries + optimizer.tries + PRIOR.tries)
  const favour = ratio * successRate(advisor, both)
  const against = (1 - ratio) * successRate(optimizer, both)
  return Math.min(bounds.high, Math.max(bounds.low, favour / (favour + against)))
}

function successRate({ wins, tries }: ShareYield, both: number): number {
  return (wins + PRIOR_TRIES * both) / (tries + PRIOR_TRIES)
}

/** Counts an ended trial of one side; `won` if it improved the incumbent beyond noise. */
export function creditOutcome(state: ShareState, side: 'advisor' | 'optimizer', won: boolean): ShareState {
  const keep = 1 - 1 / FORGETTING
  const faded = (y: ShareYield) => ({ wins: y.wins * keep, tries: y.tries * keep })
  const next = { ...state, advisor: faded(state.advisor), optimizer: faded(state.optimizer) }
  const { wins, tries } = next[side]
  return { ...next, [side]: { wins: wins + (won ? 1 : 0), tries: tries + 1 } }
}
