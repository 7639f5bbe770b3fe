/** What the summary says of a study's advisor. */
import type { HeldBeliefs } from '../../optimizers/contract.js'
import { shareNow } from '../advisors/advisor-share.js'
import { type AdviceCounters, totalTokens } from '../domain/advice.js'
import {
  type AdvisorSpec,
  adviceMode,
  beliefInterval,
  isPrior,
  type PriorAdvisor,
} from '../domain/advisor.js'
import { llmLimit } from '../domain/budget.js'
import { shareOf } from '../domain/counters.js'
import { decodeSpec } from '../domain/decode-spec.js'
import type { StudyRow } from './read-studies.js'

/** Above this rate the summary warns that the advisor has little part in the search. */
const ALARMING = 0.1
/** With fewer turns a rate says nothing yet. */
const ENOUGH = 10

export function summarizeAdvice({ spec, counters }: StudyRow, held: HeldBeliefs | undefined) {
  const { advisor } = decodeSpec(spec).method
  if (advisor === undefined) return undefined
  const { advice, proposed, states } = counters
  const fallbacks = Object.values(advice.fallbacks).reduce((sum, n) => sum + n, 0)
  const duplicates = advice.repeats + (advice.fallbacks.duplicate ?? 0)
  const decided = advice.turns - states.proposing
  const rates = { fallbackRate: shareOf(fallbacks, decided), duplicateRate: shareOf(duplicates, decided) }
  const overrides = adviceMode(advisor) !== 'prior'
  const limit = advisor.kind === 'llm' ? llmLimit(spec.budget, counters, 1) : null
  return {
    kind: advisor.kind,
    ...(advisor.kind === 'llm' && { model: advisor.model }),
    as: adviceMode(advisor),
    policy: advisor.policy,
    target: overrides ? shareNow(advisor, advice.share) : 0,
    realised: overrides ? shareOf(advice.turns, Math.max(0, proposed - advisor.warmup)) : null,
    ...(isPrior(advisor) && { beliefs: summarizeBeliefs(advisor, advice, held) }),
    ...(advisor.policy === 'adaptive' && { share: advice.share }),
    turns: advice.turns,
    taken: advice.taken,
    fallbacks: advice.fallbacks,
    ...rates,
    ...(advisor.kind === 'llm' && {
      calls: advice.calls,
      tokens: { ...advice.tokens, total: totalTokens(advice.tokens) },
      dollars: advice.dollars,
      ...(advice.unpriced && { unpriced: advice.unpriced }),
    }),
    ...(limit !== null && { limit: `The study goes on without its advisor: ${limit}` }),
    warnings: [
      ...(advice.unpriced ? [priceUnknown(advisor, advice.unpriced)] : []),
      ...(decided < ENOUGH ? [] : warnings(advisor.kind, rates)),
    ],
  }
}

/** How often the advisor was asked, and what the optimizer still makes of its last beliefs. */
function summarizeBeliefs(
  advisor: PriorAdvisor,
  { inquiries }: AdviceCounters,
  held: HeldBeliefs | undefined,
) {
  const { asked, given, failures, open } = inquiries
  const every = beliefInterval(advisor)
  return {
    ...(every !== null && { every }),
    asked,
    given,
    failures,
    asking: open !== null,
    ...(held && { held }),
  }
}

function priceUnknown(advisor: AdvisorSpec, calls: number): string {
  const model = 'model' in advisor ? advisor.model : advisor.kind
  return `price unknown: what ${calls === 1 ? 'a call' : `${calls} calls`} cost is not counted; CHIRON_LLM_PRICES can give ${model} a price`
}

function warnings(
  kind: string,
  rates: Readonly<Record<'fallbackRate' | 'duplicateRate', number | null>>,
): string[] {
  const { fallbackRate, duplicateRate } = rates
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`
  return [
    ...(fallbackRate !== null && fallbackRate > ALARMING
      ? [`${percent(fallbackRate)} of the advisor’s trials ran without its advice: see fallbacks`]
      : []),
    ...(duplicateRate !== null && duplicateRate > ALARMING && kind !== 'copy'
      ? [`${percent(duplicateRate)} of its suggestions had run before: what looks like progress may be noise`]
      : []),
  ]
}
