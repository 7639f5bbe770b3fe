/** The next step of a dialogue: what is asked or checked, how the model is called, and what an answer amounts to. */
import type { PromptState } from '../../advisors/llm/provider.js'
import type { LlmSpec } from '../../domain/advisor.js'
import type { Ask, Check, CheckResult, Heard } from '../../domain/dialogue.js'
import type { Verdict } from './model-call.js'

/** How the model is called. */
export interface CallSettings
  extends Pick<
    LlmSpec,
    'model' | 'contextTokens' | 'maxTokens' | 'thinking' | 'effort' | 'deadlineSeconds' | 'maxCalls'
  > {
  /** Null: the provider's default. */
  readonly temperature: number | null
  /** In which state of the search it is asked. */
  readonly state: Omit<PromptState, 'question'>
}

/** The next step of a dialogue. */
export interface Consultation {
  readonly settings: CallSettings
  readonly next: Ask | Check | Heard<unknown>
  /** How many steps of the dialogue are done. */
  readonly step: number
  /** What an answer to the ask amounts to. */
  readonly hear: (text: string) => Heard<unknown> | Verdict
  readonly check?: (asked: Check) => Promise<CheckResult>
  readonly hearCheck?: (result: CheckResult) => Heard<unknown>
  /** Why the model may not be asked, where a trial that waited finds a limit of the budget reached. */
  readonly limit: string | null
}
