/** The two questions of LLAMBO as prompts, with as many examples as the context allows. */
import type { Params } from '../../../search-spaces/index.js'
import type { Ask } from '../../domain/dialogue.js'
import { fillSections, fittingSections } from '../llm/prompt.js'
import type { PromptContext } from '../llm/prompt-sections.js'
import * as sections from '../llm/prompt-sections.js'
import { candidatesSchema } from './candidates.js'
import {
  type Example,
  examplesOf,
  hasDefect,
  isGood,
  llamboOf,
  shuffledExamples,
  signOf,
  targetValue,
} from './examples.js'
import { isBinary, scoresSchema } from './scores.js'

/** The most failed trials that a question shows. */
const FAILURES = 12

export function askForCandidates(context: PromptContext, step: number): Ask {
  const { candidates } = llamboOf(context)
  const writers = { count: () => String(candidates), goal: () => goalText(context) }
  return {
    purpose: 'candidates',
    schema: candidatesSchema(context),
    write: (...lengths) => writeQuestion('llambo-candidates-1', context, step, writers, lengths),
  }
}

/** `step`: how many questions came before, by which the examples are shuffled. */
export function askForScores(context: PromptContext, candidates: readonly Params[], step: number): Ask {
  const listed = candidates.map((params, i) => `c${i + 1}: ${sections.configurationText(params)}`)
  const writers = { count: () => String(candidates.length), candidates: () => listed.join('\n') }
  const name = isBinary(context) ? 'llambo-labels-1' : 'llambo-scores-1'
  return {
    purpose: 'scores',
    schema: scoresSchema(context, candidates.length),
    write: (...lengths) => writeQuestion(name, context, step, writers, lengths),
  }
}

function writeQuestion(
  name: string,
  context: PromptContext,
  step: number,
  own: Readonly<Record<string, () => string>>,
  [charactersPerToken, contextTokens]: readonly [number, number],
) {
  const examples = examplesOf(context)
  const failed =
    hasDefect(context, 'failures-hidden') || hasDefect(context, 'failures-as-100')
      ? []
      : context.history.failed
  const written = (share: number) => {
    const shown = shuffledExamples(examples.slice(0, Math.ceil(share * examples.length)), context, step)
    const failures = failed.slice(Math.max(0, failed.length - Math.ceil(share * FAILURES)))
    return fillSections(name, {
      objective: () => sections.objectiveSection(context),
      parameters: () => sections.parametersSection(context),
      constraints: () => sections.constraintsSection(context),
      examples: () => examplesText(context, shown, name === 'llambo-labels-1' ? examples : null),
      failures: () => (failures.length === 0 ? '' : sections.trialsSection(context, failures)),
      ...own,
    })
  }
  return fittingSections(name, written, charactersPerToken, contextTokens)
}

/** `all`: where examples are labelled, those that a label compares with. */
function examplesText(
  { ...context }: PromptContext,
  shown: readonly Example[],
  all: readonly Example[] | null,
) {
  if (shown.length === 0) return 'None has succeeded yet.'
  const worth = (example: Example) =>
    all === null ? sections.numberText(example.value) : isGood(all, example, context) ? '1' : '0'
  return sections.examplesTable(
    context,
    shown.map((example) => ({ params: example.trial.params, worth: worth(example) })),
  )
}

function goalText(context: PromptContext): string {
  const target = targetValue(context)
  const { candidates } = llamboOf(context)
  if (target === null) return `${candidates} configurations that are likely to run and to be good.`
  const order = signOf(context) === 1 ? 'or less' : 'or more'
  return `${candidates} configurations that you expect to reach ${sections.numberText(target)} ${order}.`
}
