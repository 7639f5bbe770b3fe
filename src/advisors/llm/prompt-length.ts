/**
 * Estimates the length of prompts in tokens. The estimate is learned from the token counts that the model's answers
 * report. Near the context limit the provider's own count is used, where it offers one.
 */
import type { Ask } from '../../domain/dialogue.js'
import type { Prompt } from './prompt.js'

/** Characters per token before a model has answered: fewer than in prose, because prompts are mostly numbers. */
const DEFAULT_CHARACTERS_PER_TOKEN = 2.5
/** Bounds of the ratio, because some servers report wrong counts (without cached or truncated tokens). */
const [FEWEST, MOST] = [1, 5]
/** A safety margin, because the next prompt has other numbers. */
const MARGIN = 0.97

/** The learned characters per token of one provider's models. */
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

/** A prompt that is estimated to fill more than this share of the context is counted by the provider. */
const COUNTING_SHARE = 0.8

/**
 * The longest prompt that fits into the context; null if it does not fit even without history. `count` asks the
 * provider and gives null where it offers no count; it is called only near the limit.
 */
export async function fittingPrompt(
  { model, contextTokens }: { readonly model: string; readonly contextTokens: number },
  ask: Ask,
  lengths: TokenEstimates,
  count: (prompt: Prompt) => Promise<number | null>,
): Promise<Prompt | null> {
  const prompt = ask.write(lengths.charactersPerToken(model), contextTokens)
  if (prompt === null || prompt.tokens < COUNTING_SHARE * contextTokens) return prompt
  const tokens = await count(prompt)
  if (tokens === null) return prompt
  lengths.learn(model, prompt, tokens)
  return tokens <= contextTokens ? prompt : ask.write(lengths.charactersPerToken(model), contextTokens)
}
