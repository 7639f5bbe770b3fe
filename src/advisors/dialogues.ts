/** The dialogue of each kind of advisor that is a language model. */
import type { AdvisorSpec } from '../domain/advisor.js'
import { configurationDialogue } from './configuration-dialogue.js'
import type { Dialogue } from './dialogue.js'
import { llamboDialogue } from './llambo/llambo-dialogue.js'

export function dialogueOf(advisor: AdvisorSpec): Dialogue {
  if (advisor.kind !== 'llm') throw new Error(`the advisor ${advisor.kind} asks no language model`)
  return (advisor.llambo === undefined ? configurationDialogue : llamboDialogue) as Dialogue
}
