import fc from 'fast-check'
import { expect, it } from 'vitest'
import { guardFormula, unguardFormula } from '../../src/http/formula-guard.js'

const texts = fc
  .array(fc.constantFrom("'", '=', '+', '-', '@', '＝', '＋', '－', '＠', ' ', '\t', '\r', '\n', '1', 'a'))
  .map((characters) => characters.join(''))

it('marks every text that a spreadsheet may compute, and any text comes back as it was', () => {
  fc.assert(
    fc.property(fc.oneof(texts, fc.string()), (text) => {
      const guarded = guardFormula(text)
      expect(guarded).not.toMatch(/^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/)
      expect(unguardFormula(guarded)).toBe(text)
    }),
    { numRuns: 5000 },
  )
})
