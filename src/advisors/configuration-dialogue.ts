/** The dialogue of an advisor that overrides: one question, whose answer is a configuration. */
import type { Dialogue } from './dialogue.js'
import { answerSchema, readAnswer } from './llm/answer.js'
import { buildPrompt } from './llm/prompt.js'

export const configurationDialogue: Dialogue<null> = {
  begin: () => null,
  ask: (context) => ({
    purpose: 'configuration',
    schema: answerSchema(context.space, context.advisor.prompt),
    write: (...lengths) => buildPrompt(context, ...lengths),
  }),
  hear: ({ space }, _, text) => {
    const read = readAnswer(space, text)
    if (!read.ok) return { kind: 'failed', reason: read.outcome, message: read.message }
    return { kind: 'decided', params: read.params, note: read.reasoning }
  },
}
