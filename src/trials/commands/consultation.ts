/** What a language model is told before a trial is decided, read between two turns. */
import { estimateNoise } from '../../advisors/advisor-history.js'
import type { Ask, DialogueStand, Heard } from '../../advisors/dialogue.js'
import { dialogueOf } from '../../advisors/dialogues.js'
import type { PromptContext } from '../../advisors/llm/prompt-sections.js'
import type { LlmSpec } from '../../domain/advisor.js'
import { llmLimit } from '../../domain/budget.js'
import type { HeldStudy, OpenTrial } from '../../engine/held-study.js'
import { readCommand } from '../../engine/read-command.js'
import type { Command } from '../../engine/study-queue.js'
import type { Verdict } from './model-call.js'

/** What a model is asked next, and what it is told. */
export interface Consultation {
  readonly context: PromptContext
  readonly ask: Ask
  /** How many steps of the dialogue are done. */
  readonly step: number
  /** What an answer to this ask amounts to. */
  readonly hear: (text: string) => Heard<unknown> | Verdict
  /** Why the model may not be asked, where a trial that waited finds a limit of the budget reached. */
  readonly limit: string | null
}

/** Null: the trial does not wait for advice any more. */
export function readConsultation(number: number): Command<Consultation | null> {
  return readCommand((study) => consultationOn(study, number))
}

export async function consultationOn(study: HeldStudy, number: number): Promise<Consultation | null> {
  const trial = study.open.get(number)
  if (trial?.state !== 'proposing' || study.state !== 'active') return null
  const context = await configurationContext(study, trial)
  const dialogue = dialogueOf(context.advisor)
  const { step, state }: DialogueStand = trial.proposal!.dialogue ?? {
    step: 0,
    state: dialogue.begin(context),
  }
  return {
    context,
    ask: dialogue.ask(context, state),
    step,
    hear: (text) => dialogue.hear(context, state, text),
    limit: llmLimit(study.spec.budget, study.counters, 0),
  }
}

async function configurationContext(study: HeldStudy, { number, params }: OpenTrial): Promise<PromptContext> {
  return { ...(await promptContext(study, number)), purpose: 'configuration', own: params }
}

/** What every question to a model is asked with. */
export async function promptContext(
  study: HeldStudy,
  number: number,
): Promise<Omit<PromptContext, 'purpose'>> {
  const { spec, space, counters, history } = study
  return {
    spec,
    advisor: study.advisor as LlmSpec,
    space,
    number,
    description: await study.search.describe(),
    counters,
    history,
    noise: spec.objective.noise ?? estimateNoise(history),
  }
}
