/** The next configuration where none is queued. The optimizer always proposes; on the advisor's turn it may be overridden. */
import { type Params, paramsKey } from '../../../search-spaces/index.js'
import { decideTurn } from '../../advisors/advisor-share.js'
import { suggestByScript } from '../../advisors/scripted-advisors.js'
import type { Fallback } from '../../domain/advice.js'
import { adviceMode, advisorSource, type ScriptedKind } from '../../domain/advisor.js'
import { llmLimit } from '../../domain/budget.js'
import { countAdvice } from '../../domain/counters.js'
import type { HeldStudy, OpenTrial } from '../../engine/held-study.js'
import type { TurnWrites } from '../../engine/writes.js'
import {
  type AgentStudy,
  agentStudy,
  beginAgentsEdit,
  isAgentsTurn,
  owedRun,
  tunedProgram,
  waitsForEnough,
} from './agent-turn.js'
import { configurationKey, createProposingTrial, createTrial, type TrialDraft } from './create-trial.js'
import type { NoTrialReason } from './no-trial-reason.js'
import { scheduleBeliefs } from './schedule-beliefs.js'
import { changeState } from './update-study.js'

/** A trial that is ready to be leased, one that waits for its advisor, or why there is none. */
export async function proposeNext(
  study: HeldStudy,
  writes: TurnWrites,
  worker: string | null,
  reservedSeconds: number,
): Promise<OpenTrial | NoTrialReason> {
  scheduleBeliefs(study, writes)
  const agents = agentStudy(study)
  const owed = agents && (await owedRun(study, agents))
  if (owed?.is === 'run') return createTrial(study, writes, 'propose', owed.draft)
  if (owed?.is === 'wait') return { code: 'advising', message: owed.message }
  if (owed?.is === 'broken') {
    changeState(study, writes, 'paused', owed.reason)
    return { code: 'paused', message: owed.reason }
  }
  if (agents !== null && isAgentsTurn(study) && waitsForEnough(study, agents))
    return { code: 'advising', message: 'An edit is being written for every slot: ask again, or wait' }
  const limit = agents === null ? null : limitOfEdits(study, agents)
  if (limit !== null && agents!.agent.share === 1) return endWithoutEdits(study, writes, limit)
  const pending = [...study.open.values()].map((trial) => trial.params)
  const number = study.nextNumber
  const turn = number - study.counters.advice.turns
  const { number: _, ...proposed } = await study.search.propose({ number, turn, pending })
  const own: TrialDraft = agents === null ? proposed : { ...proposed, program: tunedProgram(agents) }
  if (!takesAdvisorsTurn(study)) return createTrial(study, writes, 'propose', own)
  const { kind } = study.advisor!
  const asked: TrialDraft = { ...own, requested: kind, optimizerParams: own.params }
  if (kind === 'agent') {
    if (limit !== null)
      return createTrial(study, writes, 'propose', keepOptimizersPoint(study, asked, 'limit', limit))
    const requested = advisorSource(study.advisor!)
    const dialogue = { step: 0, state: beginAgentsEdit(study, agents!) }
    const waits = agents!.agent.ahead ? null : worker
    return createProposingTrial(study, writes, { ...asked, requested, dialogue }, waits, reservedSeconds)
  }
  if (kind !== 'llm') return createTrial(study, writes, 'propose', await draftByScript(study, asked, kind))
  const spent = llmLimit(study.spec.budget, study.counters, 1)
  return spent === null
    ? createProposingTrial(study, writes, asked, worker, reservedSeconds)
    : createTrial(study, writes, 'propose', keepOptimizersPoint(study, asked, 'limit', spent))
}

/** Edits that are written or run now may need more runs before they are decided, so they come first. */
function endWithoutEdits(study: HeldStudy, writes: TurnWrites, limit: string): NoTrialReason {
  const { proposing, running } = study.counters.states
  if (proposing + running > 0)
    return { code: 'advising', message: `${limit}, and the last edits are at work: ask again, or wait` }
  changeState(study, writes, 'finished', limit)
  return { code: 'finished', message: limit }
}

/** Why no edit can be asked for; null where one can. At such a limit the optimizer goes on alone, where there is one. */
function limitOfEdits({ spec, counters }: HeldStudy, { agent: { control } }: AgentStudy): string | null {
  const callsModel = control === undefined || control === 'independent'
  return callsModel ? llmLimit(spec.budget, counters, 1) : null
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

async function draftByScript(study: HeldStudy, asked: TrialDraft, kind: ScriptedKind): Promise<TrialDraft> {
  const params = await suggestByScript(kind, {
    space: study.space,
    history: study.history,
    seed: study.spec.seed,
    number: study.nextNumber,
    accept: (params) => isWorthRunning(study, params),
  })
  if (params === null) return keepOptimizersPoint(study, asked, 'nothing_known', 'no trial has succeeded yet')
  const checked = await checkSuggestion(study, asked, advisorSource({ kind }), params)
  if (!('params' in checked)) return keepOptimizersPoint(study, asked, checked.reason, checked.message)
  const tooLittle = await whyUnpromising(study, asked, checked.params)
  return tooLittle === null
    ? acceptSuggestion(study, checked)
    : keepOptimizersPoint(study, asked, 'unpromising', tooLittle)
}

/** Null where the suggestion promises enough, or the optimizer has no model yet. */
export async function whyUnpromising(
  { advisor, search, open }: HeldStudy,
  asked: TrialDraft,
  params: Params,
): Promise<string | null> {
  const wanted = advisor !== null && 'promise' in advisor ? advisor.promise : undefined
  if (wanted === undefined) return null
  const pending = [...open.values()].filter((one) => one.state !== 'proposing').map((one) => one.params)
  const scores = await search.score({ candidates: [asked.params, params], pending })
  if (scores === undefined) return null
  const share = Math.exp(scores[1]! - scores[0]!)
  if (share >= wanted) return null
  return `the optimizer expects of it ${share.toPrecision(2)} of the improvement that it expects of its own configuration; ${wanted} are asked for`
}

/** Within the constraints, in memory as far as the preflight knows, and new. */
async function isWorthRunning(study: HeldStudy, params: Params): Promise<boolean> {
  const seen = await study.search.inspect(params)
  return seen.ok && !seen.refused && !study.known.has(configurationKey(seen.params))
}

/** A suggestion in place of the optimizer's configuration, repaired like any other; or why it cannot run. */
export async function checkSuggestion(
  study: HeldStudy,
  asked: TrialDraft,
  source: string,
  params: Readonly<Record<string, unknown>>,
): Promise<TrialDraft | { readonly reason: 'out_of_space' | 'infeasible'; readonly message: string }> {
  const seen = await study.search.inspect(params as Params)
  if (!seen.ok) return { reason: 'out_of_space', message: seen.message }
  if (seen.refused) {
    const { expectedGb, limitGb } = seen.feasibility!
    return {
      reason: 'infeasible',
      message: `it is expected to need ${expectedGb?.toFixed(1) ?? 'more'} GiB of ${limitGb} GiB`,
    }
  }
  const { feasibility: _, memo, ...rest } = asked
  const { repairs, feasibility } = seen
  // A suggestion that equals the optimizer's own configuration is observed as the optimizer's.
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

/** The trial runs the suggestion. */
export function acceptSuggestion(
  study: HeldStudy,
  draft: TrialDraft,
  isRepeat = isKnownConfiguration(study, draft),
): TrialDraft {
  study.counters = countAdvice(study.counters, { taken: 1, repeats: isRepeat ? 1 : 0 })
  return draft
}

/** The trial runs the optimizer's own configuration, and says why. */
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
