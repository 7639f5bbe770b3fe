/** What runs next where nothing is queued: the optimizer proposes, always; on the advisor's turn it may be overridden. */
import { inspect, propose } from '../../../optimizers/search.js'
import { paramsKey } from '../../../search-spaces/index.js'
import { decideTurn } from '../../advisors/advisor-share.js'
import { type SuggestionRequest, suggestByScript } from '../../advisors/scripted-advisors.js'
import type { Fallback } from '../../domain/advice.js'
import { adviceMode, advisorSource, type ScriptedKind } from '../../domain/advisor.js'
import { llmLimit } from '../../domain/budget.js'
import { countAdvice } from '../../domain/counters.js'
import { logEvent } from '../../engine/event-log.js'
import type { HeldStudy, OpenTrial } from '../../engine/held-study.js'
import type { TurnWrites } from '../../engine/writes.js'
import { configurationKey, createProposingTrial, createTrial, type TrialDraft } from './create-trial.js'
import { scheduleBeliefs } from './schedule-beliefs.js'

/** Ready to be leased, or proposing: then its advisor is to be asked. */
export function proposeNext(
  study: HeldStudy,
  writes: TurnWrites,
  worker: string,
  reservedSeconds: number,
): OpenTrial {
  scheduleBeliefs(study, writes)
  const pending = [...study.open.values()].map((trial) => trial.params)
  const [proposed] = propose(study.search, { number: study.nextNumber, count: 1, pending })
  const { number: _, ...own } = proposed!
  if (!takesAdvisorsTurn(study)) return createTrial(study, writes, own)
  const { kind } = study.advisor!
  const asked: TrialDraft = { ...own, requested: kind, optimizerParams: own.params }
  if (kind !== 'llm') return proposeByScript(study, writes, asked, kind)
  const limit = llmLimit(study.spec.budget, study.counters, 1)
  if (limit !== null) return createTrial(study, writes, keepOptimizersPoint(study, asked, 'limit', limit))
  const trial = createProposingTrial(study, writes, asked, worker, reservedSeconds)
  logEvent(study, writes, 'proposing', trial.number, { worker, requested: kind })
  return trial
}

function takesAdvisorsTurn(study: HeldStudy): boolean {
  const { advisor, counters } = study
  const before = counters.proposed
  study.counters = { ...counters, proposed: before + 1 }
  if (advisor === null || adviceMode(advisor) === 'prior') return false
  const { advisors, state } = decideTurn(advisor, before, counters.advice.share)
  const { turns } = counters.advice
  study.counters = {
    ...study.counters,
    advice: { ...counters.advice, share: state, turns: turns + (advisors ? 1 : 0) },
  }
  return advisors
}

function proposeByScript(
  study: HeldStudy,
  writes: TurnWrites,
  asked: TrialDraft,
  kind: ScriptedKind,
): OpenTrial {
  const { search, space, history } = study
  const accept: SuggestionRequest['accept'] = (params) => {
    const seen = inspect(search, params)
    return seen.ok && !seen.refused && !study.known.has(configurationKey(seen.params))
  }
  const params = suggestByScript(kind, {
    space,
    history,
    seed: search.seed,
    number: study.nextNumber,
    accept,
  })
  if (params === null)
    return createTrial(
      study,
      writes,
      keepOptimizersPoint(study, asked, 'nothing_known', 'no trial has succeeded yet'),
    )
  const judged = checkSuggestion(study, asked, advisorSource({ kind }), params)
  return createTrial(
    study,
    writes,
    'params' in judged
      ? acceptSuggestion(study, judged)
      : keepOptimizersPoint(study, asked, judged.reason, judged.message),
  )
}

/** What somebody put in the place of the optimizer's point, repaired as any other; or why it cannot run. */
export function checkSuggestion(
  study: HeldStudy,
  asked: TrialDraft,
  source: string,
  params: Readonly<Record<string, unknown>>,
): TrialDraft | { readonly reason: 'out_of_space' | 'infeasible'; readonly message: string } {
  const seen = inspect(study.search, params as TrialDraft['params'])
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
export function acceptSuggestion(
  study: HeldStudy,
  newborn: TrialDraft,
  isRepeat = isKnownConfiguration(study, newborn),
): TrialDraft {
  study.counters = countAdvice(study.counters, { taken: 1, repeats: isRepeat ? 1 : 0 })
  return newborn
}

/** The trial runs the optimizer's own point, and says why. */
export function keepOptimizersPoint(
  study: HeldStudy,
  asked: TrialDraft,
  reason: Fallback,
  note: string,
): TrialDraft {
  study.counters = countAdvice(study.counters, { fallback: reason })
  return { ...asked, reason, note }
}

function isKnownConfiguration(study: HeldStudy, { params }: TrialDraft): boolean {
  return study.known.has(configurationKey(params))
}
