/** What runs next where nothing is queued: the optimizer proposes, always; on the advisor's turn it may be overridden. */
import { paramsKey } from '../../search-spaces/index.js'
import { type Question, suggest } from '../advisors/scripted.js'
import { nextTurn } from '../advisors/share.js'
import type { Fallback } from '../model/advice.js'
import { heardAs, type ScriptedKind, sourceOf } from '../model/advisor.js'
import { llmLimit } from '../model/budget.js'
import { advised } from '../model/counters.js'
import { bear, conceive, keyOf, type Newborn } from './birth.js'
import { inquireIfDue } from './inquire.js'
import type { Live, OpenTrial } from './live.js'
import { log } from './log.js'
import type { Writes } from './writes.js'

/** Ready to be leased, or proposing: then its advisor is to be asked. */
export function proposeNext(live: Live, writes: Writes, worker: string, reservedSeconds: number): OpenTrial {
  inquireIfDue(live, writes)
  const pending = [...live.open.values()].map((trial) => trial.params)
  const [proposed] = live.search.propose({ number: live.nextNumber, count: 1, pending })
  const { number: _, ...own } = proposed!
  if (!isAdvisorsTurn(live)) return bear(live, writes, own)
  const { kind } = live.advisor!
  const asked: Newborn = { ...own, requested: kind, optimizerParams: own.params }
  if (kind !== 'llm') return override(live, writes, asked, kind)
  const limit = llmLimit(live.spec.budget, live.counters, 1)
  if (limit !== null) return bear(live, writes, without(live, asked, 'limit', limit))
  const trial = conceive(live, writes, asked, worker, reservedSeconds)
  log(live, writes, 'proposing', trial.number, { worker, requested: kind })
  return trial
}

function isAdvisorsTurn(live: Live): boolean {
  const { advisor, counters } = live
  const before = counters.proposed
  live.counters = { ...counters, proposed: before + 1 }
  if (advisor === null || heardAs(advisor) === 'prior') return false
  const { advisors, state } = nextTurn(advisor, before, counters.advice.share)
  const { turns } = counters.advice
  live.counters = {
    ...live.counters,
    advice: { ...counters.advice, share: state, turns: turns + (advisors ? 1 : 0) },
  }
  return advisors
}

function override(live: Live, writes: Writes, asked: Newborn, kind: ScriptedKind): OpenTrial {
  const { search, space, history } = live
  const accept: Question['accept'] = (params) => {
    const seen = search.inspect(params)
    return seen.ok && !seen.refused && !live.known.has(keyOf(seen.params))
  }
  const params = suggest(kind, { space, history, seed: search.seed, number: live.nextNumber, accept })
  if (params === null)
    return bear(live, writes, without(live, asked, 'nothing_known', 'no trial has succeeded yet'))
  const judged = inAdvisorsPlace(live, asked, sourceOf({ kind }), params)
  return bear(
    live,
    writes,
    'params' in judged ? taken(live, judged) : without(live, asked, judged.reason, judged.message),
  )
}

/** What somebody put in the place of the optimizer's point, repaired as any other; or why it cannot run. */
export function inAdvisorsPlace(
  live: Live,
  asked: Newborn,
  source: string,
  params: Readonly<Record<string, unknown>>,
): Newborn | { readonly reason: 'out_of_space' | 'infeasible'; readonly message: string } {
  const seen = live.search.inspect(params as Newborn['params'])
  if (!seen.ok) return { reason: 'out_of_space', message: seen.message }
  if (seen.refused) {
    const { expectedGb, limitGb } = seen.feasibility!
    return {
      reason: 'infeasible',
      message: `it is expected to need ${expectedGb?.toFixed(1) ?? 'more'} GB of ${limitGb} GB`,
    }
  }
  const { feasibility: _, memo, ...rest } = asked
  const { repairs, feasibility } = seen
  // The very point that the optimizer proposed is its own, whoever says it again.
  const itsOwn = memo !== undefined && paramsKey(seen.params) === paramsKey(asked.params)
  return {
    ...rest,
    source,
    params: seen.params,
    repairs,
    ...(feasibility && { feasibility }),
    ...(itsOwn && { memo }),
  }
}

/** The trial runs what its advisor said. */
export function taken(live: Live, newborn: Newborn, isRepeat = isKnown(live, newborn)): Newborn {
  live.counters = advised(live.counters, { taken: 1, repeats: isRepeat ? 1 : 0 })
  return newborn
}

/** The trial runs the optimizer's own point, and says why. */
export function without(live: Live, asked: Newborn, reason: Fallback, note: string): Newborn {
  live.counters = advised(live.counters, { fallback: reason })
  return { ...asked, reason, note }
}

function isKnown(live: Live, { params }: Newborn): boolean {
  return live.known.has(keyOf(params))
}
