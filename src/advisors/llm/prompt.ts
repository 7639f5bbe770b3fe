/** The prompt: a template, filled with what the study is, and a history as long as the context allows. */
import { readFileSync } from 'node:fs'
import { fromRoot } from '../../root.js'
import type { RememberedTrial } from '../advisor-history.js'
import * as brief from './prompt-sections.js'

export interface Prompt {
  /** Template and version: a file that has been sent is never changed, a better one has the next number. */
  readonly name: string
  readonly system: string
  readonly user: string
  /** Estimated. */
  readonly tokens: number
}

const TEMPLATES = { repaired: 'repaired-1', faithful: 'faithful-2' } as const
const BELIEFS = 'beliefs-1'

/** How much of the history is shown at most; a tight context takes from all alike. */
const LONGEST = { best: 10, recent: 40, failures: 12, own: 12 }
/** The reference's: the top five, the last twenty. */
const FAITHFUL = { best: 5, recent: 20, failures: 0, own: 0 }

/** Null: not even without any history does it fit into the context. */
export function buildPrompt(given: brief.PromptContext, charactersPerToken: number): Prompt | null {
  const name = given.purpose === 'beliefs' ? BELIEFS : TEMPLATES[given.advisor.prompt]
  const longest = given.advisor.prompt === 'faithful' ? FAITHFUL : LONGEST
  for (let share = 1; ; share = share > 0.05 ? share * 0.8 : 0) {
    const { system, user } = fillTemplate(name, given, longest, share)
    const tokens = Math.ceil((system.length + user.length) / charactersPerToken)
    if (tokens <= given.advisor.contextTokens) return { name, system, user, tokens }
    if (share === 0) return null
  }
}

function fillTemplate(name: string, given: brief.PromptContext, longest: typeof LONGEST, share: number) {
  const { best, recent, failed, advised } = given.history
  const first = (seen: readonly RememberedTrial[], most: number) => seen.slice(0, Math.ceil(most * share))
  const last = (seen: readonly RememberedTrial[], most: number) =>
    seen.slice(Math.max(0, seen.length - Math.ceil(most * share)))
  const trials = (seen: readonly RememberedTrial[]) => brief.trialsSection(given, seen)
  const sections: Readonly<Record<string, () => string>> = {
    objective: () => brief.objectiveSection(given),
    parameters: () => brief.parametersSection(given),
    constraints: () => brief.constraintsSection(given),
    standing: () => brief.progressSection(given),
    optimizer: () => brief.optimizerSection(given),
    distribution: () => brief.distributionSection(given),
    frontier: () => brief.memorySection(given),
    best: () => trials(first(best, longest.best)),
    recent: () => trials(last(recent, longest.recent)),
    failures: () => trials(last(failed, longest.failures)),
    own: () => trials(last(advised, longest.own)),
    before: () => brief.previousBeliefsSection(given),
    number: () => String(given.number),
  }
  const fill = (part: 'system' | 'user') =>
    withoutEmpty(readTemplate(name, part).replace(/\{\{(\w+)\}\}/g, (_, section) => sections[section]!()))
  return { system: fill('system'), user: fill('user') }
}

/** A heading under which nothing stands says that something is missing. */
function withoutEmpty(text: string): string {
  return text
    .replace(/^# [^\n]*\n\s*(?=^# |$(?![\s\S]))/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

const templateTexts = new Map<string, string>()

function readTemplate(name: string, part: 'system' | 'user'): string {
  const path = `src/advisors/prompts/${name}/${part}.md`
  const text = templateTexts.get(path) ?? readFileSync(fromRoot(path), 'utf8')
  templateTexts.set(path, text)
  return text
}
