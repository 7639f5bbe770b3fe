import { describe, expect, it } from 'vitest'
import type { AgentLedger, KnownProgram } from '../../src/agents/ledger-types.js'
import { keepsConstants, structureOffset } from '../../src/agents/structure-offset.js'

const program = (
  hash: string,
  parent: string | null,
  constants: Record<string, number>,
  value: number | null,
): KnownProgram => ({
  hash,
  parent,
  normal: hash,
  number: 0,
  description: '',
  category: 'architecture',
  model: null,
  constants,
  linesChanged: 1,
  lines: 10,
  status: 'kept',
  because: null,
  runs: [{ number: 0, seed: 0, outcome: value === null ? 'crashed' : 'complete', value }],
  tail: null,
})

const ledger: AgentLedger = {
  programs: [
    program('baseline', null, { LR: 0.1 }, 2),
    program('layer', 'baseline', { LR: 0.1 }, 1.7),
    program('both', 'layer', { LR: 0.3 }, 1.2),
    program('norm', 'both', { LR: 0.3 }, 1.15),
    program('crash', 'norm', { LR: 0.3 }, null),
  ],
  kept: ['baseline', 'layer', 'both', 'norm'],
  refused: [],
}

describe('what the structure of a program is worth', () => {
  it('is the sum of the steps that left the constants as they were', () => {
    expect(structureOffset(ledger, 'baseline')).toBe(0)
    expect(structureOffset(ledger, 'layer')).toBeCloseTo(-0.3)
    expect(structureOffset(ledger, 'norm')).toBeCloseTo(-0.35)
  })

  it('does not change where constants changed too, or where nothing ran to its end', () => {
    expect(structureOffset(ledger, 'both')).toBeCloseTo(-0.3)
    expect(structureOffset(ledger, 'crash')).toBeCloseTo(-0.35)
  })

  it('knows which runs say nothing of the constants', () => {
    expect(keepsConstants(ledger, 'baseline')).toBe(false)
    expect(keepsConstants(ledger, 'layer')).toBe(true)
    expect(keepsConstants(ledger, 'both')).toBe(false)
  })
})
