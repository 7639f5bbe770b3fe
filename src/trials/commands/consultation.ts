/** What is asked of a language model before a trial is decided, read between two turns. */
import { estimateNoise } from '../../advisors/advisor-history.js'
import { dialogueOf } from '../../advisors/dialogues.js'
import type { PromptContext } from '../../advisors/llm/prompt-sections.js'
import { type LlmSpec, temperatureOf } from '../../domain/advisor.js'
import { llmLimit } from '../../domain/budget.js'
import type { DialogueStand } from '../../domain/dialogue.js'
import type { HeldStudy, OpenTrial } from '../../engine/held-study.js'
import { readCommand } from '../../engine/read-command.js'
import type { Command } from '../../engine/study-queue.js'
import { agentConsultation, type TaskSite } from './agent-consultation.js'
import type { CallSettings, Consultation } from './consultation-step.js'

/** Null: the trial does not wait for advice any more. */
export function readConsultation(number: number, tasks: TaskSite): Command<Consultation | null> {
  return readCommand((study) => consultationOn(study, number, tasks))
}

export async function consultationOn(
  study: HeldStudy,
  number: number,
  tasks: TaskSite,
): Promise<Consultation | null> {
  const trial = study.open.get(number)
  if (trial?.state !== 'proposing' || study.state !== 'active') return null
  if (study.advisor?.kind === 'agent') return agentConsultation(study, trial, tasks)
  const context = await configurationContext(study, trial)
  const dialogue = dialogueOf(context.advisor)
  const { step, state }: DialogueStand = trial.proposal!.dialogue ?? {
    step: 0,
    state: dialogue.begin(context),
  }
  return {
    settings: settingsOf(context),
    next: dialogue.ask(context, state),
    step,
    hear: (text) => dialogue.hear(context, state, text),
    limit: llmLimit(study.spec.budget, study.counters, 0),
  }
}

export function settingsOf({
  advisor,
  number,
  history,
  space,
}: Pick<PromptContext, 'advisor' | 'number' | 'history' | 'space'>): CallSettings {
  const state = { round: number, incumbent: history.best[0]?.params ?? null, space }
  return { ...advisor, temperature: temperatureOf(advisor), state }
}

/** What the question for a configuration is asked with. */
export async function configurationContext(
  study: HeldStudy,
  { number, params }: OpenTrial,
): Promise<PromptContext> {
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
