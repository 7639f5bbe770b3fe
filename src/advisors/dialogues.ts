/** The dialogue of each kind of advisor that is a language model. */
import type { AdvisorSpec } from '../domain/advisor.js'
import { configurationDialogue } from './configuration-dialogue.js'
import type { Dialogue } from './dialogue.js'

export function dialogueOf({ kind }: Pick<AdvisorSpec, 'kind'>): Dialogue {
  if (kind === 'llm') return configurationDialogue as Dialogue
  throw new Error(`the advisor ${kind} asks no language model`)
}
