/** The templates of the prompts that a study's language model gets, with their placeholders. */
import { promptsOf } from '../advisors/llm/prompt.js'
import { agentPromptsOf } from '../agents/prompt.js'
import { decodeMethod } from '../domain/decode-spec.js'
import { type TemplatePart, templateParts } from '../templates.js'
import type { StudyRow } from './read-studies.js'

export function promptTemplates({ spec }: Pick<StudyRow, 'spec'>): TemplatePart[] {
  const { advisor, agent } = decodeMethod(spec)
  const names = agent ? agentPromptsOf(agent) : advisor?.kind === 'llm' ? promptsOf(advisor) : []
  const folder = agent ? 'src/agents/prompts' : 'src/advisors/prompts'
  return names.flatMap((name) => templateParts(folder, name))
}
