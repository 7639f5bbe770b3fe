/**
 * How long a prompt is, in tokens: an estimate, learned from what a model's answers report of their requests; and near the limit
 * its provider's own count, where it gives one.
 */

import { buildPrompt, type Prompt } from './prompt.js'
import type { PromptContext } from './prompt-sections.js'

/** Characters to a token, before a model has answered: fewer than of prose, about what they are of numbers. */
const DEFAULT_CHARACTERS_PER_TOKEN = 2.5
/** What servers report may leave out what they had cached, or have cut: no tokenizer reads more, or less. */
const [FEWEST, MOST] = [1, 5]
/** The next prompt has other numbers. */
const MARGIN = 0.97

/** Of one provider's models. */
export class TokenEstimates {
  private readonly learned = new Map<string, number>()

  charactersPerToken(model: string): number {
    const learned = this.learned.get(model)
    return learned === undefined ? DEFAULT_CHARACTERS_PER_TOKEN : MARGIN * learned
  }

  learn(model: string, { system, user }: Prompt, tokens: number): void {
    if (tokens <= 0) return
    const ratio = (system.length + user.length) / tokens
    this.learned.set(model, Math.min(MOST, Math.max(FEWEST, ratio)))
  }
}

/** A prompt estimated to take more of the context is counted. */
const COUNTING_SHARE = 0.8

/** Null: not even without any history does it fit. `count` is not called where that cannot matter; null: nobody says. */
export async function fittingPrompt(
  context: PromptContext,
  lengths: TokenEstimates,
  count: (prompt: Prompt) => Promise<number | null>,
): Promise<Prompt | null> {
  const { model, contextTokens } = context.advisor
  const prompt = buildPrompt(context, lengths.charactersPerToken(model))
  if (prompt === null || prompt.tokens < COUNTING_SHARE * contextTokens) return prompt
  const tokens = await count(prompt)
  if (tokens === null) return prompt
  lengths.learn(model, prompt, tokens)
  return tokens <= contextTokens ? prompt : buildPrompt(context, lengths.charactersPerToken(model))
}
