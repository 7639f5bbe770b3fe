/** Whose turn it is. Pure: the same trials in the same order give the same turns, on any server and with any workers. */
import type { ShareState, ShareYield } from '../domain/advice.js'
import type { AdvisorSpec } from '../domain/advisor.js'

type Share = Pick<AdvisorSpec, 'ratio' | 'warmup' | 'policy' | 'bounds'>

/** A ratio such as 0.29 times 100 falls short of 29 by the last bit. */
const SLACK = 1e-9

/** Is the next trial the advisor's, and what is kept of the question? `proposed`: how many trials were proposed before it. */
export function decideTurn(
  share: Share,
  proposed: number,
  state: ShareState,
): { readonly advisors: boolean; readonly state: ShareState } {
  const k = proposed - share.warmup
  if (k < 0) return { advisors: false, state }
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

/** How many trials an earlier one is remembered for. */
const FORGETTING = 100
/** What both sides together are taken to have yielded before they have run anything. */
const PRIOR = { wins: 1, tries: 20 }
/** New bests are rare: so many trials' worth of what both sides yield stand beside what one of them has shown. */
const PRIOR_TRIES = 20

/** An adaptive share: the odds of the ratio, times how much more often the advisor betters the incumbent. */
export function shareNow({ ratio, policy, bounds }: Share, { advisor, optimizer }: ShareState): number {
  if (policy === 'fixed') return ratio
  const both = (advisor.wins + optimizer.wins + PRIOR.wins) / (advisor.tries + optimizer.tries + PRIOR.tries)
  const favour = ratio * successRate(advisor, both)
  const against = (1 - ratio) * successRate(optimizer, both)
  return Math.min(bounds.high, Math.max(bounds.low, favour / (favour + against)))
}

function successRate({ wins, tries }: ShareYield, both: number): number {
  return (wins + PRIOR_TRIES * both) / (tries + PRIOR_TRIES)
}

/** A trial of one side has ended; did it better the incumbent beyond noise? */
export function creditOutcome(state: ShareState, side: 'advisor' | 'optimizer', won: boolean): ShareState {
  const keep = 1 - 1 / FORGETTING
  const faded = (y: ShareYield) => ({ wins: y.wins * keep, tries: y.tries * keep })
  const next = { ...state, advisor: faded(state.advisor), optimizer: faded(state.optimizer) }
  const { wins, tries } = next[side]
  return { ...next, [side]: { wins: wins + (won ? 1 : 0), tries: tries + 1 } }
}
