/** Builds the prompt for an edit: fills a template, with as much history as the context allows. */
import type { AgentSpec } from '../domain/agent.js'
import { readTemplate } from '../templates.js'
import type { EditProblem } from './edits.js'
import { type EditPromptContext, PROMPT_SECTIONS, type SectionName } from './prompt-sections.js'
import { quoteLog } from './quoted-log.js'

export type { EditPromptContext, RunningProgram, TaskText } from './prompt-sections.js'

export interface EditPrompt {
  /** Name and version of the template. A released template is never changed; an improved one gets the next number. */
  readonly name: string
  readonly system: string
  readonly user: string
  /** The estimated length. */
  readonly tokens: number
}

const TEMPLATES = { default: 'edit-1', faithful: 'faithful-1', autoresearch: 'autoresearch-1' } as const
const PARTS = { formats: 'formats-1', modes: 'modes-1' } as const

/** The templates that an agent's model gets, by name and version. */
export function agentPromptsOf({ prompt, format }: Pick<AgentSpec, 'prompt' | 'format'>): string[] {
  const modes = prompt === 'default' ? [PARTS.modes] : []
  return [TEMPLATES[prompt], `${PARTS.formats}/${format}`, ...modes]
}

/** `appended` ends the user's text. Null if the prompt does not fit into the context even without history. */
export function buildEditPrompt(
  context: EditPromptContext,
  charactersPerToken: number,
  appended = '',
): EditPrompt | null {
  const name = TEMPLATES[context.agent.prompt]
  for (let share = 1; ; share = share > 0.05 ? share * 0.8 : 0) {
    const system = fill(`${name}/system`, context, share)
    const user = fill(`${name}/user`, context, share) + appended
    const tokens = Math.ceil((system.length + user.length) / charactersPerToken)
    if (tokens <= context.agent.contextTokens) return { name, system, user, tokens }
    if (share === 0) return null
  }
}

/** What the model is told of an edit that was refused, appended to the conversation. */
export interface PromptProblem {
  /** Of the answer, of the inspection, or of the smoke run. */
  readonly problem: EditProblem | string
  readonly message: string
  /** The last lines that a smoke run wrote. */
  readonly tail?: string | null
  /** Further corrections that the model has after this one. */
  readonly left: number
}

export function repairPrompt({ problem, message, tail, left }: PromptProblem): string {
  return [
    `This edit cannot be used (${problem}). ${message}`,
    ...(tail ? ['', 'What it wrote last:', '', quoteLog(tail, 1)] : []),
    '',
    `Send the whole answer again, corrected, in the same form, for the source as it was shown to you. ${left === 0 ? 'This is the last attempt.' : `${left} more ${left === 1 ? 'correction is' : 'corrections are'} possible after it.`}`,
  ].join('\n')
}

/** A heading whose section is empty is left out: it would look as if something were missing. */
function fill(path: string, context: EditPromptContext, share: number): string {
  const written = (name: string) =>
    name === 'format'
      ? readPart(`${PARTS.formats}/${context.agent.format}`)
      : name === 'mode'
        ? readPart(`${PARTS.modes}/${context.choice.mode}`)
        : PROMPT_SECTIONS[name as SectionName](context, share)
  return readPart(path)
    .replace(/^# [^\n]*\n\n\{\{(\w+)\}\}\n*/gm, (all, name: string) => (written(name) === '' ? '' : all))
    .replace(/\{\{(\w+)\}\}/g, (_, name: string) => written(name))
}

function readPart(path: string): string {
  return readTemplate(`src/agents/prompts/${path}.md`).trim()
}
