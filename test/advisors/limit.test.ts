import { expect, it } from 'vitest'
import { NO_TOKENS } from '../../src/domain/advice.js'
import { llmLimit } from '../../src/domain/budget.js'
import { countCall, NO_TRIALS } from '../../src/domain/counters.js'

const tokens = { ...NO_TOKENS, input: 100 }

it('a limit of dollars ends the advice of a model whose price was taken away, and no other limit does', () => {
  const priced = countCall(NO_TRIALS, tokens, 0.1)
  expect(llmLimit({ llmUsd: 1 }, priced, 1)).toBeNull()
  const unpriced = countCall(priced, tokens, null)
  expect(llmLimit({ llmUsd: 1 }, unpriced, 1)).toContain('without a price')
  expect(llmLimit({ llmTokens: 1000, llmCalls: 5 }, unpriced, 1)).toBeNull()
})
