/** What a dialogue with a language model is made of, for every kind of advisor that is one. */
import type { Ask, Heard } from '../domain/dialogue.js'
import type { PromptContext } from './llm/prompt-sections.js'

export interface Dialogue<State = unknown> {
  /** The state, which JSON can hold, before the first question. */
  begin(context: PromptContext): State
  ask(context: PromptContext, state: State): Ask
  hear(context: PromptContext, state: State, text: string): Heard<State>
}
