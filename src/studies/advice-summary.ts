/** The advisor's part of a study's summary. */
import type { HeldBeliefs } from '../../optimizers/contract.js'
import { shareNow } from '../advisors/advisor-share.js'
import { isReplay } from '../advisors/llm/replay.js'
import { type AdviceCounters, totalTokens } from '../domain/advice.js'
import { adviceMode, beliefInterval, isPrior, type PriorAdvisor } from '../domain/advisor.js'
import { llmLimit } from '../domain/budget.js'
import { shareOf } from '../domain/counters.js'
import { decodeMethod } from '../domain/decode-spec.js'
import { advisorOf, type StudyAdvisor } from '../domain/methods.js'
import type { StudyRow } from './read-studies.js'

/** Rates above this are reported as warnings, because the advisor then contributes less than its share. */
const WARNING_RATE = 0.1
/** With fewer turns a rate is too uncertain for a warning. */
const FEWEST_TURNS = 10

export function summarizeAdvice({ spec, counters }: StudyRow, held: HeldBeliefs | undefined) {
  const advisor = advisorOf(decodeMethod(spec))
  if (advisor === null) return undefined
  const { advice, proposed, states } = counters
  const fallbacks = Object.values(advice.fallbacks).reduce((sum, n) => sum + n, 0)
  const duplicates = advice.repeats + (advice.fallbacks.duplicate ?? 0)
  const decided = advice.turns - states.proposing
  const rates = {
    fallbackRate: shareOf(fallbacks, decided),
    duplicateRate: shareOf(duplicates, decided),
  }
  const overrides = adviceMode(advisor) !== 'prior'
  const model = modelName(advisor)
  const limit = model !== undefined ? llmLimit(spec.budget, counters, 1) : null
  return {
    kind: advisor.kind,
    ...(model !== undefined && { model }),
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
    ...(model !== undefined && {
      calls: advice.calls,
      tokens: { ...advice.tokens, total: totalTokens(advice.tokens) },
      dollars: advice.dollars,
      ...(advice.unpriced && { unpriced: advice.unpriced }),
    }),
    ...(limit !== null && { limit: `The study continues without its advisor: ${limit}` }),
    warnings: [
      ...(model !== undefined && isReplay(model) ? [REPLAYED] : []),
      ...(advice.unpriced ? [priceUnknown(advisor, advice.unpriced)] : []),
      ...(decided < FEWEST_TURNS ? [] : adviceWarnings(advisor.kind, advice.fallbacks, rates)),
    ],
  }
}

/** Counts the questions for beliefs, and shows the beliefs that the optimizer currently uses. */
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

function modelName(advisor: StudyAdvisor): string | undefined {
  if (advisor.kind === 'llm') return advisor.model
  return advisor.kind === 'agent' ? (advisor.model ?? advisor.models?.join(', ')) : undefined
}

const REPLAYED =
  'its model is a replay: answers that were recorded in the nearest state of another search, not answers to its questions'

function priceUnknown(advisor: StudyAdvisor, calls: number): string {
  const model = 'model' in advisor ? advisor.model : advisor.kind
  return `price unknown: the cost of ${calls === 1 ? 'one call' : `${calls} calls`} is not counted; add a price for ${model} to CHIRON_LLM_PRICES`
}

function adviceWarnings(
  kind: string,
  fallbacks: AdviceCounters['fallbacks'],
  rates: Readonly<Record<'fallbackRate' | 'duplicateRate', number | null>>,
): string[] {
  const { fallbackRate, duplicateRate } = rates
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`
  const [mostly] = Object.entries(fallbacks).sort(([, a], [, b]) => b - a)
  return [
    ...(fallbackRate !== null && fallbackRate > WARNING_RATE
      ? [`${percent(fallbackRate)} of the advisor’s trials ran without its advice: mostly ${mostly![0]}`]
      : []),
    ...(duplicateRate !== null && duplicateRate > WARNING_RATE && kind !== 'copy'
      ? [`${percent(duplicateRate)} of its suggestions had run before: apparent progress may be noise`]
      : []),
  ]
}
