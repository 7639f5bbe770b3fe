/**
 * LLAMBO (arXiv 2402.03921): the model proposes candidates toward a target, then predicts each of them several times; the one of
 * the greatest expected improvement runs. At most two questions for candidates, and `samples` for predictions.
 */
import { type Params, paramsKey } from '../../../search-spaces/index.js'
import { ANSWERED, type Heard } from '../../domain/dialogue.js'
import type { Dialogue } from '../dialogue.js'
import type { PromptContext } from '../llm/prompt-sections.js'
import { padCandidates, readCandidates } from './candidates.js'
import { llamboOf, targetValue } from './examples.js'
import { askForCandidates, askForScores } from './questions.js'
import { chooseCandidate, isBinary, readScores, type Scores } from './scores.js'

export interface LlamboState {
  /** How often candidates were asked for. */
  readonly asked: number
  readonly candidates: readonly Params[]
  /** Null while candidates are still asked for. */
  readonly answers: readonly Scores[] | null
}

/** An answer with fewer candidates than asked is asked for the rest once. */
const MOST_CANDIDATE_CALLS = 2

export const llamboDialogue: Dialogue<LlamboState> = {
  begin: () => ({ asked: 0, candidates: [], answers: null }),
  ask: (context, { asked, candidates, answers }) =>
    answers === null
      ? askForCandidates(context, asked)
      : askForScores(context, candidates, asked + answers.length),
  hear: (context, state, text) =>
    state.answers === null
      ? hearCandidates(context, state, text)
      : hearScores(context, { ...state, answers: state.answers }, text),
}

function hearCandidates(context: PromptContext, state: LlamboState, text: string): Heard<LlamboState> {
  const asked = state.asked + 1
  const usable = readCandidates(context, text, state.candidates)
  const candidates = [...state.candidates, ...usable]
  const { candidates: wanted } = llamboOf(context)
  const said = usable.length === 0 ? 'it has no candidate that can run and has not run' : null
  const call = said === null ? ANSWERED : ({ outcome: 'unparseable', message: said } as const)
  if (candidates.length < wanted && asked < MOST_CANDIDATE_CALLS && !beginsWarm(context))
    return { kind: 'continue', state: { asked, candidates, answers: null }, call }
  const padded = withOwn(context, padCandidates(context, candidates))
  if (candidates.length === 0 && padded.length < 2)
    return { kind: 'failed', reason: 'unparseable', message: said! }
  if (beginsWarm(context) || padded.length === 1) return decided(padded[0]!, 'its first candidate')
  return { kind: 'continue', state: { asked, candidates: padded, answers: [] }, call }
}

/** With fewer successes nothing can be predicted from examples: the first candidate runs. */
function beginsWarm(context: PromptContext): boolean {
  return context.history.best.length < Math.max(1, llamboOf(context).warmStart)
}

/** An optimizer that the model may see competes with its own point. */
function withOwn({ own, advisor }: PromptContext, candidates: readonly Params[]): readonly Params[] {
  if (own === undefined || advisor.view === 'history' || candidates.length === 0) return candidates
  const isThere = candidates.some((params) => paramsKey(params) === paramsKey(own))
  return isThere ? candidates : [...candidates, own]
}

function hearScores(
  context: PromptContext,
  state: LlamboState & { readonly answers: readonly Scores[] },
  text: string,
): Heard<LlamboState> {
  const { candidates } = state
  const scores = readScores(context, text, candidates.length)
  const answers = [...state.answers, scores]
  if (answers.length < llamboOf(context).samples) {
    const isEmpty = scores.every((score) => score === null)
    const call = isEmpty ? ({ outcome: 'unparseable', message: NO_NUMBER } as const) : ANSWERED
    return { kind: 'continue', state: { ...state, answers }, call }
  }
  const chosen = chooseCandidate(context, answers, candidates.length)
  if (chosen === null) return { kind: 'failed', reason: 'unparseable', message: NO_NUMBER }
  const { mean, sd, samples } = chosen.prediction
  const number = (value: number) => String(Number(value.toPrecision(6)))
  const predicted = isBinary(context)
    ? `good in ${number(samples * mean)} of ${samples} answers`
    : `predicted ${number(mean)} ± ${number(sd)} in ${samples} answers, toward ${number(targetValue(context)!)}`
  return decided(candidates[chosen.index]!, `the best of ${candidates.length} candidates: ${predicted}`)
}

const NO_NUMBER = 'it has no number for any candidate'

function decided(params: Params, note: string): Heard<LlamboState> {
  return { kind: 'decided', params, note }
}
