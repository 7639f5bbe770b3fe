/** Builds a prompt: fills a template with the study's state, and with as much history as the context allows. */

import { adviceMode, type LlamboSpec, type LlmSpec } from '../../domain/advisor.js'
import type { Prompt } from '../../domain/dialogue.js'
import { readTemplate } from '../../templates.js'
import type { RememberedTrial } from '../advisor-history.js'
import * as sections from './prompt-sections.js'

export type { Prompt }

const TEMPLATES = { repaired: 'repaired-1', faithful: 'faithful-2', short: 'short-1' } as const
const BELIEFS = 'beliefs-2'

/** The templates that an advisor's model gets, by name and version. */
export function promptsOf(advisor: LlmSpec): string[] {
  if (advisor.llambo !== undefined) return llamboPrompts(advisor.llambo)
  const mode = adviceMode(advisor)
  return [...(mode === 'prior' ? [] : [TEMPLATES[advisor.prompt]]), ...(mode === 'override' ? [] : [BELIEFS])]
}

function llamboPrompts({ surrogate }: LlamboSpec): string[] {
  return ['llambo-candidates-1', surrogate === 'label' ? 'llambo-labels-1' : 'llambo-scores-1']
}

/** The most trials of each kind that a prompt shows. A tight context shortens all lists by the same share. */
const LONGEST = { best: 10, recent: 40, failures: 12, own: 12 }
/** The paper's prompt shows the best five and the last twenty. */
const FAITHFUL = { best: 5, recent: 20, failures: 0, own: 0 }
/** For models that lose the thread of a long prompt, or read it slowly. */
const SHORT = { best: 3, recent: 0, failures: 1, own: 1 }
const LENGTHS = { repaired: LONGEST, faithful: FAITHFUL, short: SHORT } as const

/** Null if the prompt does not fit into the context even without history. */
export function buildPrompt(
  given: sections.PromptContext,
  charactersPerToken: number,
  contextTokens = given.advisor.contextTokens,
): Prompt | null {
  const name = given.purpose === 'beliefs' ? BELIEFS : TEMPLATES[given.advisor.prompt]
  const longest = LENGTHS[given.purpose === 'beliefs' ? 'repaired' : given.advisor.prompt]
  const written = (share: number) => fillTemplate(name, given, longest, share)
  return fittingSections(name, written, charactersPerToken, contextTokens)
}

/** `written`: the prompt with this share of the history. Null if it does not fit even without any. */
export function fittingSections(
  name: string,
  written: (share: number) => Pick<Prompt, 'system' | 'user'>,
  charactersPerToken: number,
  contextTokens: number,
): Prompt | null {
  for (let share = 1; ; share = share > 0.05 ? share * 0.8 : 0) {
    const { system, user } = written(share)
    const tokens = Math.ceil((system.length + user.length) / charactersPerToken)
    if (tokens <= contextTokens) return { name, system, user, tokens }
    if (share === 0) return null
  }
}

function fillTemplate(name: string, given: sections.PromptContext, longest: typeof LONGEST, share: number) {
  const { best, recent, failed, advised } = given.history
  const first = (seen: readonly RememberedTrial[], most: number) => seen.slice(0, Math.ceil(most * share))
  const last = (seen: readonly RememberedTrial[], most: number) =>
    seen.slice(Math.max(0, seen.length - Math.ceil(most * share)))
  const trials = (seen: readonly RememberedTrial[]) => sections.trialsSection(given, seen)
  const writers: Readonly<Record<string, () => string>> = {
    objective: () => sections.objectiveSection(given),
    parameters: () => sections.parametersSection(given),
    constraints: () => sections.constraintsSection(given),
    standing: () => sections.progressSection(given),
    next: () => sections.nextSection(given),
    optimizer: () => sections.optimizerSection(given),
    distribution: () => sections.distributionSection(given),
    frontier: () => sections.memorySection(given),
    best: () => trials(first(best, longest.best)),
    recent: () => trials(last(recent, longest.recent)),
    failures: () => trials(last(failed, longest.failures)),
    own: () => trials(last(advised, longest.own)),
    before: () => sections.previousBeliefsSection(given),
    number: () => String(given.number),
  }
  return fillSections(name, writers)
}

export function fillSections(name: string, writers: Readonly<Record<string, () => string>>) {
  const fill = (part: 'system' | 'user') => {
    const written = (_: string, section: string) => escapeLineEnds(writers[section]!())
    return withoutEmptySections(
      readTemplate(`src/advisors/prompts/${name}/${part}.md`).replace(/\{\{(\w+)\}\}/g, written),
    )
  }
  return { system: fill('system'), user: fill('user') }
}

/** Removes headings without text, because an empty section looks as if something were missing. */
function withoutEmptySections(text: string): string {
  return text
    .replace(/^# [^\n]*\n\s*(?=^# |$(?![\s\S]))/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** The ends of lines that JSON leaves as they are in a text. */
function escapeLineEnds(text: string): string {
  const escaped = (end: string) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`
  return text.replace(/[\u0085\u2028\u2029]/g, escaped)
}
